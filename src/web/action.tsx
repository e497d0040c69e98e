/**
 * What a person can do here: a form and a button each, and the commands that do the same. Works without JavaScript; the
 * server answers a post with the page that shows the result.
 */

export type Action = PostAction | LinkAction;

interface PostAction {
  readonly kind: 'post';
  readonly label: string;
  /** Where the form goes. */
  readonly to: string;
  /** Sent along with it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** `main`: what most people want next, once a page at most; `risk`: what cannot be undone. */
  readonly tone?: 'main' | 'risk';
  /** What does the same in a terminal. */
  readonly command: string;
  /** The single key that presses it, after asking. */
  readonly key?: string;
}

/** Asks for more on a page of its own. */
interface LinkAction {
  readonly kind: 'link';
  readonly label: string;
  readonly to: string;
  readonly command?: string;
}

/** `id` of the part where the commands unfold: one a page. */
export function Actions({ actions, id = 'commands' }: { actions: readonly Action[]; id?: string }) {
  const commands = actions.flatMap((action) => (action.command === undefined ? [] : [action.command]));
  if (actions.length === 0) return null;
  return (
    <div class="acts">
      {actions.map((action) =>
        action.kind === 'link' ? (
          <a class="btn" href={action.to}>
            {action.label}
          </a>
        ) : (
          <PostButton action={action} />
        ),
      )}
      {commands.length === 0 ? null : (
        <details class="cmds" id={id}>
          <summary>As commands</summary>
          <pre>{commands.join('\n')}</pre>
        </details>
      )}
    </div>
  );
}

/** The button alone. `about`: of many alike on a page, which one this is, for whoever hears it alone. */
export function PostButton({ action, about }: { action: PostAction; about?: string }) {
  const { label, to, fields = {}, tone, key } = action;
  return (
    <form method="post" action={to}>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button
        type="submit"
        {...(tone === undefined ? {} : { class: tone })}
        {...(key === undefined ? {} : { 'data-key': key })}
        {...(about === undefined ? {} : { 'aria-label': `${label}, ${about}` })}
      >
        {label}
      </button>
    </form>
  );
}
