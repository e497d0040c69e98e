/** The database's place is nobody's business in a host: a second opening could drop this process's locks on it. */
export const HIDDEN_VARIABLES = ['WEIR_DB', 'WEIR_API_TOKEN'] as const;
