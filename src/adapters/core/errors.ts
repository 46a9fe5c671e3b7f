import { DependencyUnavailableError, PointsError } from '../../common/errors.ts';

/** Core cannot make anything of a question; the same question will not be answered later either. */
export class CoreRefusedError extends PointsError {
  readonly code = 'CORE_REFUSED';
}

/** Nobody was asked: the last calls failed, and the next is not due yet. */
export class CircuitOpenError extends DependencyUnavailableError {
  constructor(dependency: string) {
    super(dependency, { facts: { reason: 'circuit open' } });
  }
}
