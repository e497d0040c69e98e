/** Headers of a download: whatever runs leave, no browser shall execute it here. */

export function attachment(fileName: string): Record<string, string> {
  return {
    'content-disposition': `attachment; filename*=UTF-8''${encodeFileName(fileName)}`,
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'cache-control': 'no-cache, private',
  };
}

/** RFC 8187 allows less than encodeURIComponent leaves. */
export function encodeFileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
