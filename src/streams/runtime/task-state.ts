/** The life of a task. */
export type TaskState =
  | 'CREATED'
  | 'ACQUIRING'
  | 'RESTORING'
  | 'RUNNING'
  | 'RETRYING'
  | 'FENCED'
  | 'CLOSING'
  | 'CLOSED'
  | 'FAILED';

/** Which state may follow which; anything else is a fault of the engine. */
const next: Readonly<Record<TaskState, readonly TaskState[]>> = {
  CREATED: ['ACQUIRING', 'CLOSING'],
  ACQUIRING: ['RESTORING', 'FENCED', 'RETRYING', 'CLOSING', 'FAILED'],
  RESTORING: ['RUNNING', 'FENCED', 'RETRYING', 'CLOSING', 'FAILED'],
  RUNNING: ['RETRYING', 'FENCED', 'CLOSING', 'FAILED'],
  RETRYING: ['RUNNING', 'ACQUIRING', 'FENCED', 'CLOSING', 'FAILED'],
  FENCED: ['ACQUIRING', 'CLOSING'],
  CLOSING: ['CLOSED', 'FAILED'],
  CLOSED: [],
  FAILED: ['CLOSING', 'CLOSED'],
};

export const canFollow = (from: TaskState, to: TaskState): boolean => next[from].includes(to);
