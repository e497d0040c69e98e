/** What a browser without the token is shown: one field. A document of its own, which says nothing of what lies behind it. */
import { raw } from 'hono/html';
import { STYLE } from '../style.ts';

const OWN_STYLE = `
body{justify-content:center}main{flex:none;max-width:24rem;margin:0 auto;width:100%}
form{display:grid;gap:.5rem;margin-top:1.5rem}#fault{color:var(--risk);margin-top:1rem}input{width:100%;font:inherit;padding:.4rem .5rem}
button{justify-self:start;margin-top:.5rem}`;

export interface LoginPageProps {
  /** Where it leads afterwards. */
  readonly wanted: string;
  readonly fault: string | null;
  readonly nonce: string;
  /** The browser asks once more by itself, from here; null: it does not. */
  readonly again: string | null;
}

export function LoginPage({ wanted, fault, nonce, again }: LoginPageProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>Token - Weir</title>
        <link rel="icon" href="data:," />
        {again === null ? null : <meta http-equiv="refresh" content={`0;url=${again}`} />}
        <style nonce={nonce}>{raw(STYLE + OWN_STYLE.replaceAll('\n', ''))}</style>
      </head>
      <body>
        <main id="main">
          <h1>Weir</h1>
          <p>
            This server can be reached from other machines, so it asks once for its token: the WEIR_API_TOKEN that it
            was started with.
          </p>
          {fault === null ? null : (
            <p id="fault" role="alert">
              {fault}
            </p>
          )}
          <form method="post" action="/login">
            <label for="token">Token</label>
            <input
              id="token"
              name="token"
              type="password"
              autocomplete="current-password"
              required
              autofocus
              {...(fault === null ? {} : { 'aria-invalid': 'true', 'aria-describedby': 'fault' })}
            />
            <input type="hidden" name="next" value={wanted} />
            <button type="submit" class="main">
              Open
            </button>
          </form>
        </main>
      </body>
    </html>
  );
}
