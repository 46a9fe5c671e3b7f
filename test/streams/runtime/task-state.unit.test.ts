import { describe, expect, it } from 'vitest';
import { canFollow, type TaskState } from '../../../src/streams/runtime/task-state.ts';

const states: readonly TaskState[] = [
  'CREATED',
  'ACQUIRING',
  'RESTORING',
  'RUNNING',
  'RETRYING',
  'FENCED',
  'CLOSING',
  'CLOSED',
  'FAILED',
];

const after = (from: TaskState): readonly TaskState[] => states.filter((to) => canFollow(from, to));

describe('the life of a task', () => {
  it.each<[TaskState, readonly TaskState[]]>([
    ['CREATED', ['ACQUIRING', 'CLOSING']],
    ['ACQUIRING', ['RESTORING', 'RETRYING', 'FENCED', 'CLOSING', 'FAILED']],
    ['RESTORING', ['RUNNING', 'RETRYING', 'FENCED', 'CLOSING', 'FAILED']],
    ['RUNNING', ['RETRYING', 'FENCED', 'CLOSING', 'FAILED']],
    ['RETRYING', ['ACQUIRING', 'RUNNING', 'FENCED', 'CLOSING', 'FAILED']],
    ['FENCED', ['ACQUIRING', 'CLOSING']],
    ['CLOSING', ['CLOSED', 'FAILED']],
    ['CLOSED', []],
    ['FAILED', ['CLOSING', 'CLOSED']],
  ])('goes from %s to %j and nowhere else', (from, to) => {
    expect([...after(from)].sort()).toEqual([...to].sort());
  });

  it('never works again once it has failed or is closed', () => {
    for (const end of ['FAILED', 'CLOSED'] as const) expect(after(end)).not.toContain('RUNNING');
  });
});
