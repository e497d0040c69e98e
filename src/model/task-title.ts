/** A task run as people call it: its name, and the label that tells mapped ones apart. */
export function taskTitle({ name, label }: { readonly name: string; readonly label: string | null }): string {
  return label === null || label === name ? name : `${name} ${label}`;
}
