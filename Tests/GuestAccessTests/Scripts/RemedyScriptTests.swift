import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite("Remedies that restart services")
struct RemedyScriptTests {
  private static func conditions() -> RemedyScript.Conditions {
    let now = Instant(seconds: Date().timeIntervalSince1970)
    return .init(bootID: nil, notAfter: now + .minutes(5), sentAt: now)
  }

  /// A machine whose `systemctl`, `sshd` and `service` are scripts that write down what they were asked: laid over
  /// /usr/sbin and /usr/bin of this one.
  private static let machine = #"""
    mount -t tmpfs tmpfs /run
    mkdir fakes
    cat >fakes/systemctl <<'EOF'
    #!/bin/sh
    case "$1" in
      show) cat "DIR/state.$5" 2>/dev/null || echo not-found ;;
      is-active) [ -e "DIR/active.$3" ] ;;
      is-enabled) [ -e "DIR/enabled.$3" ] ;;
      *) echo "$*" >>DIR/log; [ ! -e DIR/broken ] || { echo "Job for $2 failed." >&2; exit 1; } ;;
    esac
    EOF
    printf '#!/bin/sh\ncat DIR/sshd.says >&2\n[ ! -s DIR/sshd.says ]\n' >fakes/sshd
    printf '#!/bin/sh\necho "service $*" >>DIR/log\n' >fakes/service
    sed -i "s,DIR,$D,g" fakes/*
    chmod 755 fakes/*
    for d in /usr/sbin /usr/bin; do mount -t overlay -o lowerdir=$D/fakes:$d overlay $d; done
    touch log sshd.says
    systemd() { mkdir -p /run/systemd/system; }
    loaded() { echo loaded >state.$1; }
    act() { /bin/sh -s <remedy.sh; echo ===; cat log; }
    """#

  private func run(_ scenario: String, _ script: String) async throws -> (answer: RemedyAnswer, log: [String]) {
    let output = try await PrivateNamespace.run(Self.machine + "\n" + scenario + "\nact", files: ["remedy.sh": script])
    let parts = output.components(separatedBy: "===\n")
    return (try RemedyScript.parse(parts[0]), parts[1].split(separator: "\n").map(String.init))
  }

  @Test(
    "The service or socket that is there is restarted",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [
      ("systemd; loaded ssh.service", "restart ssh.service"),
      ("systemd; loaded sshd.service", "restart sshd.service"),
      ("systemd; loaded dropbear.service", "restart dropbear.service"),
      ("systemd; loaded ssh.service; loaded ssh.socket; touch enabled.ssh.socket", "restart ssh.socket"),
      (
        "systemd; loaded ssh.service; loaded ssh.socket; touch active.ssh.socket active.ssh.service",
        "restart ssh.service"
      ),
      ("mkdir i; printf '' >i/ssh; chmod 755 i/ssh; mount --bind i /etc/init.d", "service ssh restart"),
      ("mkdir i; printf '' >i/sshd; chmod 755 i/sshd; mount --bind i /etc/init.d", "service sshd restart"),
    ])
  func restarts(scenario: String, command: String) async throws {
    let (answer, log) = try await run(scenario, RemedyScript.restartSSH(Self.conditions()))
    #expect(answer.outcome == .done)
    #expect(log.last == command)
    #expect(answer.action.hasSuffix(command))
  }

  @Test(
    "What must not or cannot be restarted is left alone, with the reason",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [
      (
        "systemd; loaded ssh.service; printf 'sshd_config line 3: Bad option\\nterminating\\n' >sshd.says",
        "sshd_config line 3: Bad option; terminating"
      ),
      ("systemd; echo masked >state.ssh.service", "masked"), ("systemd", "no unit of an SSH server"),
      ("mount -t tmpfs tmpfs /etc/init.d", "no service manager"),
    ])
  func refusals(scenario: String, reason: String) async throws {
    let (answer, log) = try await run(scenario, RemedyScript.restartSSH(Self.conditions()))
    #expect(answer.outcome == .refused)
    #expect(answer.detail.contains(reason))
    #expect(log.isEmpty)
  }

  @Test(
    "A privilege separation directory that went with the stopped service is no fault of the configuration",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func privilegeSeparation() async throws {
    let (answer, _) = try await run(
      "systemd; loaded ssh.service; echo 'Missing privilege separation directory: /run/sshd' >sshd.says",
      RemedyScript.restartSSH(Self.conditions()))
    #expect(answer.outcome == .done)
  }

  @Test(
    "A restart that fails says why in the service manager's words",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func failure() async throws {
    let (answer, _) = try await run(
      "systemd; loaded ssh.service; touch broken", RemedyScript.restartSSH(Self.conditions()))
    #expect(answer.outcome == .failed)
    #expect(answer.detail == "Job for ssh.service failed.")
  }

  @Test(
    "The active network service is restarted, else the enabled one; without one nothing is done",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [
      ("systemd; touch active.networking.service active.systemd-networkd.service", "restart systemd-networkd.service"),
      ("systemd; touch enabled.NetworkManager.service active.networking.service", "restart networking.service"),
      ("systemd; touch enabled.networking.service", "restart networking.service"),
      ("systemd", ""),
    ])
  func network(scenario: String, command: String) async throws {
    let (answer, log) = try await run(scenario, RemedyScript.restartNetwork(Self.conditions()))
    #expect(answer.outcome == (command.isEmpty ? .refused : .done))
    #expect(log.last ?? "" == command)
  }

  @Test(
    "Addresses and routes that a restart loses are put back",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func deadMan() async throws {
    let scenario = #"""
      systemd; touch active.networking.service
      sed -i '2i case "$*" in "restart networking.service") ip addr flush dev eth0 ;; esac' fakes/systemctl
      ip link add eth0 type veth peer name far
      ip link set far up; ip link set eth0 up; ip link set lo up
      ip addr add 10.99.0.2/30 dev eth0
      ip route add default via 10.99.0.1
      act
      ip -o -4 addr show dev eth0
      ip route show default
      exit
      """#
    let output = try await PrivateNamespace.run(
      Self.machine + "\n" + scenario, files: ["remedy.sh": RemedyScript.restartNetwork(Self.conditions(), patience: 2)],
      network: true)
    let answer = try RemedyScript.parse(output)
    #expect(answer.outcome == .done)
    #expect(answer.notes == ["did not come back and were put back: 10.99.0.2/30 on eth0, the default route"])
    #expect(output.contains("inet 10.99.0.2/30"))
    #expect(output.contains("default via 10.99.0.1"))
  }

  @Test(
    "A guard puts them back where the script itself is killed in the middle of the restart",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func killed() async throws {
    // The fake service manager takes the address away and kills whoever called it.
    let scenario = #"""
      systemd; touch active.networking.service
      sed -i '2i case "$*" in "restart networking.service") ip addr flush dev eth0; kill -9 $(pgrep -f azlin_guard_after=2 | grep -v "^$$\$"); exit 1 ;; esac' fakes/systemctl
      ip link add eth0 type veth peer name far
      ip link set far up; ip link set eth0 up; ip link set lo up
      ip addr add 10.99.0.2/30 dev eth0
      ip route add default via 10.99.0.1
      act || true
      ip -o -4 addr show dev eth0 | grep -q 10.99 && echo too-early
      for n in 1 2 3 4 5 6 7 8 9 10; do ip route show default | grep -q via && break; sleep 1; done
      ip -o -4 addr show dev eth0
      ip route show default
      exit
      """#
    let output = try await PrivateNamespace.run(
      Self.machine + "\n" + scenario,
      files: ["remedy.sh": RemedyScript.restartNetwork(Self.conditions(), patience: 1, guardAfter: 2)], network: true)
    #expect(!output.contains("outcome="))
    #expect(!output.contains("too-early"))
    #expect(output.contains("inet 10.99.0.2/30"))
    #expect(output.contains("default via 10.99.0.1"))
  }

  @Test("Every answer is read, and nothing else", arguments: ["done", "failed", "refused"])
  func answers(word: String) throws {
    let answer = try RemedyScript.parse(
      "azlin-remedy 1\naction=a\naction=b\nnote=n\noutcome=\(word)\ndetail=d\u{1b}\nend\n")
    #expect(answer.outcome.rawValue == word)
    #expect(answer.action == "a, b")
    #expect(answer.fullDetail == "d^[; n")
    #expect(throws: ScriptOutputError.self) {
      try RemedyScript.parse("azlin-remedy 1\noutcome=\(word)ish\ndetail=d\nend\n")
    }
    #expect(throws: ScriptOutputError.self) { try RemedyScript.parse("azlin-remedy 1\ndetail=d\nend\n") }
  }

  @Test(
    "Sizes are told in three digits at most",
    arguments: [
      (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"),
      (1_288_490_189, "1.2 GiB"), (1_047_527_424, "999 MiB"), (1_048_051_712, "1 GiB"), (UInt64.max, "16 EiB"),
    ])
  func sizes(bytes: UInt64, text: String) {
    #expect(ByteText.text(bytes) == text)
  }
}
