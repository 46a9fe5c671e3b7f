import { Observable, type OperatorFunction } from 'rxjs';
import type { StreamRecord } from '../record.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';

/**
 * A stateless processor in which an error is one record's own: the record fails, its neighbours go on. Synchronous and
 * without an inner Observable, as it stands on the hot path.
 */
export const perRecord = <K1, V1, K2, V2>(
  name: string,
  step: (record: StreamRecord<K1, V1>) => Iterable<StreamRecord<K2, V2>>,
): Processor<K1, V1, K2, V2> => ({ name, stores: [], create: (context) => perRecordOf(context, step) });

/** The operator of such a processor. */
export const perRecordOf =
  <K1, V1, K2, V2>(
    context: Pick<ProcessorContext, 'fail'>,
    step: (record: StreamRecord<K1, V1>) => Iterable<StreamRecord<K2, V2>>,
  ): OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>> =>
  (records) =>
    new Observable((subscriber) =>
      records.subscribe({
        next: (record) => {
          try {
            for (const result of step(record)) subscriber.next(result);
          } catch (error) {
            context.fail(record, error);
          }
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
