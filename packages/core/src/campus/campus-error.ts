/** A description of a school that does not hold together; nothing was written. Names places and names, no people. */
export class CampusError extends Error {
  override name = 'CampusError'
}

/** There is a school of this id, and it was to be new. */
export class SchoolExists extends CampusError {
  override name = 'SchoolExists'
}
