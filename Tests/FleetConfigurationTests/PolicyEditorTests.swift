import FleetConfiguration
import FleetModel
import Testing

@Suite("Editing policy files")
struct PolicyEditorTests {
  private func edit(
    _ text: String, _ edits: [(String, String?)], scope: PolicyScope = .machine
  ) throws(ConfigurationError) -> String {
    let changes = try PolicyEditor.changes(edits.map { PolicyEdit(key: $0.0, value: $0.1) }, scope: scope)
    return try PolicyEditor.apply(changes, to: text, file: "f", scope: scope)
  }

  static let cases: [(title: String, before: String, key: String, value: String?, after: String)] = [
    (
      "a value is replaced, its comment and spacing stay",
      "thresholds:\n  disk_warning:   80   # small disk\n  disk_critical: 95\n", "thresholds.disk_warning", "70",
      "thresholds:\n  disk_warning: 70   # small disk\n  disk_critical: 95\n"
    ),
    (
      "quotes stay as they were", "maintenance:\n  schedule: '0 2 * * *'  # nightly\n", "maintenance.schedule",
      "0 3 * * *", "maintenance:\n  schedule: '0 3 * * *'  # nightly\n"
    ),
    (
      "a time of day is quoted", "maintenance:\n  window_end: \"04:00\"\n", "maintenance.window_start", "02:00",
      "maintenance:\n  window_start: \"02:00\"\n  window_end: \"04:00\"\n"
    ),
    (
      "a key goes to its place in the order of the table",
      "health_monitoring:\n  enabled: true\n  confirm: 3\n", "health_monitoring.interval", "90s",
      "health_monitoring:\n  enabled: true\n  interval: 1m30s\n  confirm: 3\n"
    ),
    (
      "missing parents are made", "# mine\nhealth_monitoring:\n    enabled: true\n",
      "self_healing.actions.auto_restart",
      "false",
      "# mine\nhealth_monitoring:\n    enabled: true\n\nself_healing:\n    actions:\n        auto_restart: false\n"
    ),
    (
      "a section goes between its neighbours", "health_monitoring:\n  enabled: true\n\n# who\naccess:\n  user: ops\n",
      "thresholds.cpu_warning", "50",
      "health_monitoring:\n  enabled: true\n\nthresholds:\n  cpu_warning: 50\n\n# who\naccess:\n  user: ops\n"
    ),
    ("an empty file is begun", "", "health_monitoring.enabled", "true", "health_monitoring:\n  enabled: true\n"),
    (
      "a file of comments is added to", "# nothing yet\n", "debug_logging", "true",
      "# nothing yet\n\ndebug_logging: true\n"
    ),
    (
      "an empty section is filled", "thresholds:  # later\n  # disk_warning: 80\naccess:\n  user: ops\n",
      "thresholds.disk_warning", "75",
      "thresholds:  # later\n  disk_warning: 75\n  # disk_warning: 80\naccess:\n  user: ops\n"
    ),
    (
      "a last line without an end gets one", "thresholds:\n  disk_warning: 80", "thresholds.disk_critical", "90",
      "thresholds:\n  disk_warning: 80\n  disk_critical: 90\n"
    ),
    (
      "the last key takes its empty parents with it",
      "self_healing:\n  enabled: true\n  allow:\n    redeploy: true # x\naccess:\n  user: ops\n",
      "self_healing.allow.redeploy", nil, "self_healing:\n  enabled: true\naccess:\n  user: ops\n"
    ),
    (
      "a parent with comments stays", "thresholds:\n  # keep me\n  disk_warning: 80\naccess:\n  user: ops\n",
      "thresholds.disk_warning", nil, "thresholds:\n  # keep me\naccess:\n  user: ops\n"
    ),
    ("a key that is not there is removed without a trace", "# a\n", "access.user", nil, "# a\n"),
    (
      "braces: a value is replaced", "health_monitoring:\n  checks: {ssh: true, disk: true} # c\n",
      "health_monitoring.checks.ssh", "false", "health_monitoring:\n  checks: {ssh: false, disk: true} # c\n"
    ),
    (
      "braces: a key is added", "health_monitoring:\n  checks: {ssh: true} # c\n", "health_monitoring.checks.cpu",
      "true",
      "health_monitoring:\n  checks: {ssh: true, cpu: true} # c\n"
    ),
    (
      "braces: a key is removed", "health_monitoring:\n  checks: {ssh: true, disk: true, cpu: false}\n",
      "health_monitoring.checks.disk", nil, "health_monitoring:\n  checks: {ssh: true, cpu: false}\n"
    ),
    (
      "braces: the last key is removed", "{health_monitoring: {enabled: true}, access: {user: ops, port: 22}}\n",
      "access.port", nil, "{health_monitoring: {enabled: true}, access: {user: ops}}\n"
    ),
    (
      "a list keeps the lines of items that stay",
      "notifications:\n  email:\n    # first\n    - a@example.com  # boss\n    - b@example.com\n    # last\n    - c@example.com\n  level: all\n",
      "notifications.email", "a@example.com, c@example.com, d@example.com",
      "notifications:\n  email:\n    # first\n    - a@example.com  # boss\n    # last\n    - c@example.com\n    - d@example.com\n  level: all\n"
    ),
    (
      "a list at the depth of its key is understood", "notifications:\n  email:\n  - a@example.com\n  level: all\n",
      "notifications.email", "b@example.com, a@example.com",
      "notifications:\n  email:\n  - b@example.com\n  - a@example.com\n  level: all\n"
    ),
    (
      "a list in brackets stays in brackets", "notifications:\n  email: [a@example.com] # x\n", "notifications.email",
      "a@example.com, b@example.com", "notifications:\n  email: [a@example.com, b@example.com] # x\n"
    ),
    (
      "one value becomes a list", "hooks:\n  pre_start: ~/a.sh # first\n  on_failure: ~/c.sh\n", "hooks.pre_start",
      "~/a.sh, ~/b.sh;timeout=5s",
      "hooks:\n  pre_start: # first\n    - ~/a.sh\n    - {path: ~/b.sh, timeout: 5s}\n  on_failure: ~/c.sh\n"
    ),
    (
      "a folded text becomes one line", "maintenance:\n  schedule: >-\n    0 2\n    * * *\n  cleanup: true\n",
      "maintenance.schedule", "@daily", "maintenance:\n  schedule: \"@daily\"\n  cleanup: true\n"
    ),
    (
      "an empty value is filled", "access:\n  user:   # who?\n  port: 22\n", "access.user", "ops",
      "access:\n  user: ops   # who?\n  port: 22\n"
    ),
    (
      "CR LF stays CR LF", "thresholds:\r\n  disk_warning: 80\r\n", "thresholds.disk_critical", "90",
      "thresholds:\r\n  disk_warning: 80\r\n  disk_critical: 90\r\n"
    ),
    (
      "what the table does not know is not touched", "x-note: {a: [1, 2]}\nthresholds:\n  disk_warning: 80\n",
      "thresholds.disk_warning", "81", "x-note: {a: [1, 2]}\nthresholds:\n  disk_warning: 81\n"
    ),
    (
      "a secret with odd characters is quoted", "", "notifications.slack", "https://x.example/a b#c\"d\\e: f",
      "notifications:\n  slack: \"https://x.example/a b#c\\\"d\\\\e: f\"\n"
    ),
  ]

  @Test("Edits change the asked key and nothing else", arguments: cases.indices)
  func edits(index: Int) throws {
    let row = Self.cases[index]
    let after = try edit(row.before, [(row.key, row.value)])
    #expect(after == row.after, "\(row.title)")
  }

  @Test(
    "The user document's file survives any single edit but for the line of that edit",
    arguments: PolicyKey.all.filter { !$0.isFleetOnly }.map(\.path))
  func userFile(path: String) throws {
    let key = try #require(PolicyKey.named(path))
    let after = try edit(userDocument, [(path, nil)])
    let gone = Set(userDocument.split(separator: "\n")).subtracting(after.split(separator: "\n"))
    let name = "\(key.name):"
    #expect(
      gone.allSatisfy {
        $0.contains(name) || (path == "notifications.email" && $0.contains("@example.com")) || $0.hasSuffix(":")
      })
    #expect(PolicyReader.read(after, file: "f", scope: .machine).document.value(path) == nil)
  }

  @Test(
    "Edits that cannot be made are refused with the reason",
    arguments: [
      (
        "a: 1\n", "thresholds.disk_waring", "80",
        "there is no key \"thresholds.disk_waring\"; did you mean thresholds.disk_warning?"
      ),
      ("a: 1\n", "watch", "x", "watch is said for the whole fleet, in defaults.yaml only"),
      ("a: 1\n", "access.port", "0", "access.port: \"0\" is out of range; allowed: a whole number from 1 to 65535"),
      (
        "a: [\n", "access.port", "22",
        "f:2:1: not YAML: did not find expected node content (while parsing a flow node that begins in line 2)"
      ),
      (
        "thresholds: 80\n", "thresholds.disk_warning", "80",
        "f:1:13: keys are wanted below thresholds; nothing was written: edit the file by hand"
      ),
      (
        "maintenance:\n  schedule: 0 2\n    * * *\n", "maintenance.schedule", "@daily",
        "f:2:13: the value of maintenance.schedule spans several lines; nothing was written: edit the file by hand"
      ),
      (
        "thresholds: &t\n  disk_warning: &w 80\n  cpu_warning: *w\n", "thresholds.cpu_warning", "70",
        "f:3:3: the value stands elsewhere, behind an alias; nothing was written: edit the file by hand"
      ),
      (
        "thresholds: &t\n  disk_warning: &w 80\n  cpu_warning: *w\n", "thresholds.disk_warning", "70",
        "f: its layout does not let thresholds.disk_warning be changed alone; nothing was written: edit the file by hand"
      ),
    ])
  func refusals(before: String, key: String, value: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) { try edit(before, [(key, value)]) }
    #expect(error?.description == message)
  }
}
