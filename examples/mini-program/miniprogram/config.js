/**
 * What a school changes. `bffUrl` has to stand among the mini-program's request domains and, with its
 * verification file, among its web-view domains (docs/mini-program.md).
 */
module.exports = {
  schoolId: '1001',
  bffUrl: 'http://127.0.0.1:8080',
}
