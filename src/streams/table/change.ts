/** How one key of a table changed; undefined where there is no value. Records between the nodes of a table carry these. */
export interface Change<V> {
  readonly oldValue: V | undefined;
  readonly newValue: V | undefined;
}
