/** A task run as people call it: its name, and the label that tells mapped ones apart; a label that begins with it says both. */
export function taskTitle({ name, label }: { readonly name: string; readonly label: string | null }): string {
  if (label === null) return name;
  return label === name || label.startsWith(`${name} `) ? label : `${name} ${label}`;
}
