import type { z } from 'zod';

/** One environment variable and how it is read. */
export interface Setting<Shape extends z.ZodType = z.ZodType> {
  /** Environment variable. */
  readonly name: string;
  /** What it is, with its unit. */
  readonly about: string;
  readonly shape: Shape;
  /** As it would be written; a setting without one must be set, unless it is `optional`. */
  readonly fallback?: string;
  /** Takes its value from this setting where it is not set itself. */
  readonly fallsBackTo?: string;
  /** May be left out: its value is undefined then. */
  readonly optional?: true;
  /**
   * Never shown: all of it, or what an address tells of who logs in. Such a setting may also come from a file, which
   * `NAME_FILE` names, as an orchestrator mounts secrets.
   */
  readonly secret?: true | 'credentials';
}

export type Settings = Readonly<Record<string, Setting>>;

/** What is read of a group: a value for each setting. */
export type ValuesOf<Group extends Settings> = {
  readonly [Key in keyof Group]: Group[Key] extends { readonly optional: true }
    ? z.output<Group[Key]['shape']> | undefined
    : z.output<Group[Key]['shape']>;
};

/** Keeps the exact type of a setting, which its value's type is made from. */
export const setting = <const One extends Setting>(one: One): One => one;
