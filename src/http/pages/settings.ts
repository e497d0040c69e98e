/** GET /settings: what this server is and was started with. Values of secrets are never read here. */
import type { Hono } from 'hono';
import type { Store } from '../../store/store.ts';
import { type SettingLine, SettingsPage } from '../../web/pages/settings.tsx';
import type { Pages } from '../send-page.ts';

const VARIABLES_SHOWN = 50;

export interface SettingsPageParts {
  readonly store: Store;
  readonly pages: Pages;
  readonly version: string;
  readonly settings: readonly SettingLine[];
  readonly hasToken: boolean;
  /** The server's. */
  readonly zone: string;
}

export function bindSettings(app: Hono, parts: SettingsPageParts): void {
  const { store, pages, version, settings, hasToken, zone } = parts;
  app.get('/settings', (c) =>
    pages.send(c, (clock) => {
      const variables = store.variables.all();
      return {
        title: 'Settings',
        content: SettingsPage({
          data: {
            ...{ version, settings, hasToken, zone },
            node: process.versions.node,
            database: store.path,
            databaseSize: store.overview.size(),
            processes: store.processes.believedAlive(),
            variables: variables.slice(0, VARIABLES_SHOWN),
            variableCount: variables.length,
            secrets: store.secrets.all().map(({ name, setAt }) => ({ name, setAt })),
          },
          clock,
        }),
      };
    }),
  );
}
