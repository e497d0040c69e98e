/** Where a large value lies: the name of its file, as messages carry it. Reading and writing are the store's. */

/** A file in the content folder beside the database, named by the sha256 of its bytes. */
export interface ContentFile {
  readonly hash: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}
