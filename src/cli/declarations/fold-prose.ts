/** Sentences that keep to a width. What is indented is an example or a table, and stays as it was set. */

/** A paragraph with a line that is too long is set anew; every other stays as it is. */
export function foldProse(text: string, width: number): string {
  const folded: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    const isTooLong = paragraph.some((line) => line.length > width);
    folded.push(...(isTooLong ? wrapped(paragraph.join(' '), width) : paragraph));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) paragraph.push(line);
    else {
      end();
      folded.push(line);
    }
  }
  end();
  return folded.join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
