import LabKit

/// A network namespace for azlin, with a link of its own to the lab's guests.
struct LabMonitor {
  let namespace: String
  private let link: String

  static func with(_ lab: Lab, _ body: (LabMonitor) async throws -> Void) async throws {
    let monitor = LabMonitor(namespace: "azlin-lab\(lab.number)-monitor", link: "azl\(lab.number)mon")
    let net = "198.\(18 + lab.number / 256).\(lab.number % 256)"
    let script = """
      set -e
      ip netns add "$1"
      ip link add "$2" type veth peer name eth0 netns "$1"
      ip address add "$3.253/30" dev "$2"; ip link set "$2" up
      ip -n "$1" address add "$3.254/30" dev eth0; ip -n "$1" link set eth0 up; ip -n "$1" link set lo up
      ip -n "$1" route add default via "$3.253"
      # Only between links of this lab, and gone with them.
      for link in "$2" $(ip -o link show | grep -o "azl$4v[0-9]*" | sort -u); do
        echo 1 > "/proc/sys/net/ipv4/conf/$link/forwarding"
      done
      """
    try await LabCommand.succeed(["sh", "-c", script, "sh", monitor.namespace, monitor.link, net, "\(lab.number)"])
    do { try await body(monitor) } catch {
      await monitor.remove()
      throw error
    }
    await monitor.remove()
  }

  func setLink(up: Bool) async throws {
    try await LabCommand.succeed(["ip", "-n", namespace, "link", "set", "eth0", up ? "up" : "down"])
    guard up else { return }
    // A link that comes up has lost its routes.
    let gateway = try await LabCommand.succeed(
      ["sh", "-c", #"ip -o -4 address show dev "$1" | sed 's/.*inet \([0-9.]*\).*/\1/'"#, "sh", link]
    ).text
    try await LabCommand.succeed(["ip", "-n", namespace, "route", "replace", "default", "via", gateway])
  }

  private func remove() async {
    _ = try? await LabCommand.run(["ip", "link", "delete", link])
    _ = try? await LabCommand.run(["ip", "netns", "delete", namespace])
  }
}
