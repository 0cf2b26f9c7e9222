export function publishTypes(dist: string) {
  void dist
}
