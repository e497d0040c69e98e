/** Headers of a download: whatever runs leave, no browser shall execute it here. */
import { encodeFileName } from './file-name.ts';

export function attachment(fileName: string): Record<string, string> {
  return {
    'content-disposition': `attachment; filename*=UTF-8''${encodeFileName(fileName)}`,
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'cache-control': 'no-cache, private',
  };
}
