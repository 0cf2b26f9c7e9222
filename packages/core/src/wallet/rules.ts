/** R10: in a lifetime. */
export const UNBINDS_MAX = 3
/** R11: of one wallet. */
export const REOPENS_MAX = 3
