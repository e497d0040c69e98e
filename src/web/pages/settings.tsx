/** What this server is and was started with, who else works on its file, and the names and values that flows are given. */
import { formatBytes } from '../../model/bytes.ts';
import { type Clock, Time } from '../time.tsx';

export interface SettingsData {
  readonly version: string;
  readonly node: string;
  readonly database: string;
  readonly databaseSize: number;
  readonly hasToken: boolean;
  /** The server's. */
  readonly zone: string;
  readonly settings: readonly SettingLine[];
  readonly processes: readonly ProcessLine[];
  readonly variables: readonly { readonly name: string; readonly value: string; readonly updatedAt: number }[];
  /** May be more than `variables`. */
  readonly variableCount: number;
  readonly secrets: readonly { readonly name: string; readonly setAt: number }[];
}

export interface SettingLine {
  readonly name: string;
  readonly value: string | null;
  /** "--port", "WEIR_PORT", "weir.config.yaml:3", "default". */
  readonly source: string;
  readonly help: string;
}

export interface ProcessLine {
  readonly pid: number;
  readonly role: 'run' | 'server';
  readonly host: string;
  readonly version: string;
  readonly url: string | null;
  readonly startedAt: number;
}

export function SettingsPage({ data, clock }: { data: SettingsData; clock: Clock }) {
  return (
    <>
      <section id="head">
        <h1>Settings</h1>
        <p class="lead">
          Weir {data.version} on Node {data.node}. {data.database} holds everything, {formatBytes(data.databaseSize)}.
        </p>
      </section>
      <section id="settings">
        <Settings data={data} />
      </section>
      <section id="processes">
        <Processes data={data} clock={clock} />
      </section>
      <section id="values">
        <Variables data={data} clock={clock} />
        <Secrets data={data} clock={clock} />
      </section>
    </>
  );
}

function Settings({ data }: { data: SettingsData }) {
  const { settings, hasToken } = data;
  return (
    <>
      <h2>
        Settings<small>as this server was started</small>
      </h2>
      <table>
        <thead>
          <tr>
            <th>Setting</th>
            <th>Value</th>
            <th>Comes from</th>
            <th class="w">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(({ name, value, source, help }) => (
            <tr>
              <th scope="row" class="nw">
                {name}
              </th>
              <td>{value === null ? <span class="dim">{unsetText(name, data)}</span> : <code>{value}</code>}</td>
              <td class="dim">{source}</td>
              <td class="w dim">{help}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">token</th>
            <td>{hasToken ? 'asked of everybody' : <span class="dim">none</span>}</td>
            <td class="dim">{hasToken ? 'WEIR_API_TOKEN' : 'only this machine can reach the server'}</td>
            <td class="w dim">what browsers and programs must know to be let in</td>
          </tr>
        </tbody>
      </table>
      <p class="sub">
        <code>weir config set port 4300</code> writes one into the configuration file; a server reads it when it starts.
      </p>
    </>
  );
}

/** What holds where nothing was said. */
function unsetText(name: string, { zone }: SettingsData): string {
  return name === 'tz' ? `${zone}, the machine's` : 'not set';
}

function Processes({ data, clock }: { data: SettingsData; clock: Clock }) {
  return (
    <>
      <h2>
        Processes<small>that work on this file</small>
      </h2>
      {data.processes.length === 0 ? (
        <p class="dim">None.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th class="n">pid</th>
              <th>What</th>
              <th class="w">Machine</th>
              <th class="w">Version</th>
              <th>Since</th>
            </tr>
          </thead>
          <tbody>
            {data.processes.map(({ pid, role, host, version, url, startedAt }) => (
              <tr>
                <td class="n">{pid}</td>
                <th scope="row">
                  {role === 'server' ? 'server' : 'weir run'}
                  {url === null ? null : <span class="sub">{url}</span>}
                </th>
                <td class="w dim">{host}</td>
                <td class="w dim">{version}</td>
                <td>
                  <Time at={startedAt} clock={clock} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Variables({ data, clock }: { data: SettingsData; clock: Clock }) {
  const { variables, variableCount } = data;
  return (
    <>
      <h2>
        Variables
        {variableCount > variables.length ? (
          <small>
            {variables.length} of {variableCount}
          </small>
        ) : null}
      </h2>
      {variables.length === 0 ? (
        <p class="dim">
          None yet. <code>weir variable set threshold 0.5</code>; flows read it by{' '}
          <code>variables.get('threshold')</code>.
        </p>
      ) : (
        <table>
          <tbody>
            {variables.map(({ name, value, updatedAt }) => (
              <tr>
                <th scope="row">{name}</th>
                <td>
                  <code>{value.length > 200 ? `${value.slice(0, 200)}...` : value}</code>
                </td>
                <td class="n dim">
                  <Time at={updatedAt} clock={clock} ago />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Secrets({ data, clock }: { data: SettingsData; clock: Clock }) {
  return (
    <>
      <h2>
        Secrets<small>names only; no page shows a value</small>
      </h2>
      {data.secrets.length === 0 ? (
        <p class="dim">
          None yet. <code>weir secret set DB_PASSWORD</code> asks for one.
        </p>
      ) : (
        <table>
          <tbody>
            {data.secrets.map(({ name, setAt }) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="n dim">
                  set <Time at={setAt} clock={clock} ago />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
