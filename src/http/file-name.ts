/** Names of files in headers, whatever is in them. */

/** RFC 8187 allows less than encodeURIComponent leaves. */
export function encodeFileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
