import FleetModel
import Testing

@testable import ARMSimulator

@Suite("The query language")
struct KQLTests {
  private static let table = KQLTable(
    columns: ["id", "name", "size", "tags", "list"],
    rows: [
      ["/a/1", "Web-1", 4, ["env": "prod"], [1, 2]],
      ["/a/2", "web-2", 8, ["env": "dev"], []],
      ["/b/3", "db-1", 2, .null, ["x"]],
    ])

  private func rows(_ query: String) throws -> [[JSON]] {
    let engine = KQLEngine(
      table: {
        [
          "t": Self.table,
          "u": KQLTable(columns: ["id", "owner"], rows: [["/a/1", "anna"], ["/a/1", "ben"], ["/b/3", "cleo"]]),
        ][$0]
      },
      now: Instant(milliseconds: 0))
    return try engine.run(try KQLParser.query(query)).rows
  }

  private func names(_ condition: String) throws -> [String] {
    try rows("t | where \(condition) | project name").compactMap { $0[0].text }
  }

  @Test(
    "Conditions",
    arguments: [
      ("name == 'web-1'", []), ("name =~ 'web-1'", ["Web-1"]), ("name != 'db-1'", ["Web-1", "web-2"]),
      ("name !~ 'WEB-2'", ["Web-1", "db-1"]), ("name in ('db-1', 'web-2')", ["web-2", "db-1"]),
      ("name in~ ('WEB-1')", ["Web-1"]), ("name !in ('db-1')", ["Web-1", "web-2"]),
      ("name has 'web'", ["Web-1", "web-2"]), ("name has 'we'", []), ("name contains 'EB'", ["Web-1", "web-2"]),
      ("name !contains 'eb'", ["db-1"]), ("name startswith 'WEB'", ["Web-1", "web-2"]),
      ("name endswith '-1'", ["Web-1", "db-1"]),
      ("size > 2 and size < 8", ["Web-1"]), ("size >= 8 or name == 'db-1'", ["web-2", "db-1"]),
      ("tags.env == 'prod'", ["Web-1"]), ("tags['env'] =~ 'DEV'", ["web-2"]), ("isnull(tags)", ["db-1"]),
      ("isempty(tags.env)", ["db-1"]), ("not(size == 4)", ["web-2", "db-1"]), ("array_length(list) == 2", ["Web-1"]),
      ("tolower(name) == 'web-1' // a remark\n", ["Web-1"]), ("size * 2 + 1 == 9", ["Web-1"]),
    ])
  func conditions(_ condition: String, _ expected: [String]) throws {
    #expect(try names(condition) == expected)
  }

  @Test("Columns: made, renamed, taken away")
  func columns() throws {
    #expect(
      try rows("t | extend big = size > 3, name = toupper(name) | where big | project name") == [["WEB-1"], ["WEB-2"]])
    #expect(try rows("t | project-away tags, list, size | take 1") == [["/a/1", "Web-1"]])
    #expect(try rows("t | project-rename who = name | project who | take 1") == [["Web-1"]])
    #expect(
      try rows("t | project x = strcat(name, '/', tostring(size)), y = iff(size > 3, 'big', 'small') | take 1") == [
        ["Web-1/4", "big"]
      ])
    #expect(try rows("t | project c = coalesce(tostring(tags.env), 'none')") == [["prod"], ["dev"], ["none"]])
    #expect(try rows("t | project p = split(id, '/')[1] | distinct p") == [["a"], ["b"]])
    #expect(try rows("t | project s = case(size > 6, 'l', size > 3, 'm', 's')") == [["m"], ["l"], ["s"]])
  }

  @Test("Order: downwards where nothing is said")
  func order() throws {
    #expect(try rows("t | order by size | project size") == [[8], [4], [2]])
    #expect(try rows("t | sort by size asc | project size") == [[2], [4], [8]])
    #expect(try rows("t | top 1 by size | project size") == [[8]])
    #expect(try rows("t | limit 2 | count") == [[2]])
  }

  @Test("Joins")
  func joins() throws {
    #expect(
      try rows("t | join kind=leftouter (u) on id | project name, owner") == [
        ["Web-1", "anna"], ["Web-1", "ben"], ["web-2", .null], ["db-1", "cleo"],
      ])
    #expect(
      try rows("t | join kind=inner (u | where owner != 'ben') on $left.id == $right.id | project name, id1") == [
        ["Web-1", "/a/1"], ["db-1", "/b/3"],
      ])
    #expect(try rows("t | join kind=leftanti (u) on id | project name") == [["web-2"]])
  }

  @Test("Lists become rows")
  func expand() throws {
    #expect(
      try rows("t | mv-expand item = list | project name, item") == [
        ["Web-1", 1], ["Web-1", 2], ["web-2", .null], ["db-1", "x"],
      ])
  }

  @Test("Summaries")
  func summaries() throws {
    #expect(try rows("t | summarize count()") == [[3]])
    #expect(
      try rows("t | summarize n = count(), most = max(size), all = sum(size) by part = split(id, '/')[1]") == [
        ["a", 2, 8, 12], ["b", 1, 2, 2],
      ])
    #expect(try rows("t | where size > 100 | summarize count()") == [[0]])
    #expect(try rows("t | summarize countif(size > 3), dcount(name)") == [[2, 3]])
  }

  @Test("Unions")
  func unions() throws {
    #expect(try rows("t | project id | union (u | project id, owner)").count == 6)
  }
}
