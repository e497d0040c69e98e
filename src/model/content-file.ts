/** Large values lie outside the database. */
/** A file in the content folder beside the database, named by the sha256 of its bytes. */
export interface ContentFile {
  readonly hash: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}
