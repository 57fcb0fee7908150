import Azure
import FleetModel
import Testing

@Suite("Power words")
struct PowerLedgerTests {
  private let vm = MachineID(vmID("a"))
  private let start = Instant(seconds: 1_700_000_000)

  private func ledger(_ state: PowerState) -> PowerLedger {
    var ledger = PowerLedger()
    ledger.list([vm: state], at: start)
    return ledger
  }

  @Test("A list's word is good for two minutes, then the list is wanted anew")
  func fresh() {
    var ledger = ledger(.running)
    #expect(ledger.advice(for: vm, at: start + .minutes(2)) == .word(.running))
    #expect(ledger.advice(for: vm, at: start + .minutes(2) + .milliseconds(1)) == .refresh)
    var empty = PowerLedger()
    #expect(empty.advice(for: vm, at: start) == .refresh)
  }

  @Test(
    "Off and unknown are not believed of the list alone",
    arguments: [PowerState.stopped, .deallocated, .starting, .stopping, .deallocating, .unknown])
  func suspects(_ state: PowerState) {
    var ledger = ledger(state)
    #expect(ledger.advice(for: vm, at: start) == .askDirectly)
  }

  @Test("A machine confirmed as off once costs nothing while the list keeps saying so")
  func settledOff() {
    var ledger = ledger(.deallocated)
    ledger.record(.deallocated, of: vm, at: start)
    for minute in stride(from: 2, through: 60, by: 2) {
      ledger.list([vm: .deallocated], at: start + .minutes(minute))
      #expect(ledger.advice(for: vm, at: start + .minutes(minute) + .seconds(30)) == .word(.deallocated))
    }
    ledger.list([vm: .stopped], at: start + .minutes(62))
    #expect(ledger.advice(for: vm, at: start + .minutes(62) + .seconds(30)) == .askDirectly)
  }

  @Test("A machine asked about again within 20 seconds is a suspect")
  func recheck() {
    var ledger = ledger(.running)
    #expect(ledger.advice(for: vm, at: start) == .word(.running))
    #expect(ledger.advice(for: vm, at: start + .seconds(10)) == .askDirectly)
  }

  @Test("A machine's own word goes before a list that may be a minute behind it")
  func directWins() {
    var ledger = ledger(.running)
    ledger.record(.stopped, of: vm, at: start + .seconds(5))
    #expect(ledger.advice(for: vm, at: start + .seconds(40)) == .word(.stopped))
    ledger.list([vm: .running], at: start + .seconds(64))
    #expect(ledger.advice(for: vm, at: start + .seconds(64)) == .word(.stopped))
    ledger.list([vm: .running], at: start + .seconds(65))
    #expect(ledger.advice(for: vm, at: start + .seconds(95)) == .word(.running))
  }
}
