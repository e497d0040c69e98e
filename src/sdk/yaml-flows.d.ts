/** A flow of YAML, imported by one of TypeScript: its default export is called as any other flow is. */
declare module '*.yaml' {
  const flow: import('./flow.ts').Flow<Readonly<Record<string, unknown>>, unknown>;
  // biome-ignore lint/style/noDefaultExport: that is how a file with one flow is imported
  export default flow;
}

declare module '*.yml' {
  const flow: import('./flow.ts').Flow<Readonly<Record<string, unknown>>, unknown>;
  // biome-ignore lint/style/noDefaultExport: that is how a file with one flow is imported
  export default flow;
}
