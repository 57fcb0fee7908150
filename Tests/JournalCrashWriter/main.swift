// Stands in for an engine that is killed: it does one thing with the journal, says so on its standard output, and then
// waits to be killed.
import Autopilot
import FleetModel
import Glibc
import Journal

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
  print("usage: JournalCrashWriter intent|flood|lock|heartbeat|operation|operations PATH [ID]")
  exit(64)
}
let (deed, path) = (arguments[1], arguments[2])
let id = arguments.count > 3 ? arguments[3] : "crash"

func say(_ text: String) {
  print(text)
  fflush(nil)
}

func record(_ id: String) -> RecoveryRecord {
  RecoveryRecord(
    id: IntentID(id), machine: MachineID("hosts/web/web-1"), machineName: "web-1", incarnation: "", incident: "i",
    diagnosis: .sshDown, remedy: .restartSSH, initiator: .autopilot, issue: "refused",
    startedAt: SystemClock().now(), attempt: 1)
}

do {
  switch deed {
  case "intent":
    try await JournalStore(path: path, healing: true).write(intent: record(id))
    say("written")
  case "flood":
    // Everything said before the kill must be there after it, in order and whole.
    let store = try JournalStore(path: path, healing: true)
    for number in 0... {
      try await store.write(intent: record("\(id)-\(number)"))
      say("\(number)")
    }
  case "lock":
    let lock = try EngineLock.acquire(in: path)
    say("locked")
    withExtendedLifetime(lock) { _ = pause() }
  case "heartbeat":
    let store = try JournalStore(path: path, healing: true)
    let startedAt = SystemClock().now()
    func beat() async throws {
      try await store.heartbeat(
        EngineHeartbeat(
          processID: getpid(), startedAt: startedAt, at: SystemClock().now(),
          status: EngineStatus(mode: .healing, context: "test")))
    }
    try await beat()
    say("beating")
    // Answers what it is given, until it is killed.
    while true {
      try await beat()
      for command in try await store.takeCommands() {
        try await store.answer(command.id, .done("process \(getpid()) did it"))
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  case "operation":
    let store = try JournalStore(path: path, healing: false)
    try await store.keep(
      KeptOperation(intent: IntentID(id), machine: MachineID("vm"), operation: "{\"status\":\"https://…\"}"))
    say("kept")
  case "operations":
    let store = try JournalStore(path: path, healing: false)
    say(try await store.operations().map(\.intent.rawValue).joined(separator: " "))
    exit(0)
  default:
    say("unknown deed \(deed)")
    exit(64)
  }
} catch {
  say("failed: \(error)")
  exit(1)
}
while true { _ = pause() }
