/** The pages behind the access code, each with one job. */
export type AccessPage = 'identity' | 'records' | 'gatherings' | 'attendance'
