/** The codes by which programs drive a terminal, as they stand in what a command writes. */

export const ESCAPE = '\u001b';
export const BELL = '\u0007';

/** Colours and cursor (CSI), titles and links (OSC), strings (DCS and others), and short ones. */
export const TERMINAL_CODES = new RegExp(
  [
    `${ESCAPE}\\[[0-?]*[ -/]*[@-~]`,
    `${ESCAPE}\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?`,
    `${ESCAPE}[PX^_][^${ESCAPE}]*(?:${ESCAPE}\\\\)?`,
    `${ESCAPE}[ -/]*[0-Z\\\\-~]`,
  ].join('|'),
  'g',
);
