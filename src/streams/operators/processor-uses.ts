import type { StoreDefinition } from '../state/store.ts';
import type { Processor } from '../topology/nodes.ts';

/** What a custom processor says of itself, whether it works record by record or on a micro-batch. */
export interface ProcessorUses {
  readonly stores?: readonly StoreDefinition[];
  /** Stores of global tables that it reads. */
  readonly globalStores?: readonly StoreDefinition[];
  /** Whether what it emits has the key of what came, so that it need not be repartitioned. Default false. */
  readonly keepsKey?: boolean;
}

/** The same with every default filled in. */
export const usesOf = ({
  stores = [],
  globalStores = [],
  keepsKey = false,
}: ProcessorUses): Required<Pick<Processor<never, never, never, never>, 'stores' | 'globalStores' | 'keepsKey'>> => ({
  stores,
  globalStores,
  keepsKey,
});
