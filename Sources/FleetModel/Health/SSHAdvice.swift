/// What an operator can do about an SSH failure that no remedy mends, because it lies between the two machines' keys.
package enum SSHAdvice {
  /// nil: nothing can be done by hand that azlin would not do.
  package static func line(_ status: MachineStatus) -> String? {
    guard let failure = status.readings.ssh.value?.failure else { return nil }
    let address = status.machine.address
    let host = SafeText.line(address?.host ?? status.machine.name)
    // The form in which known_hosts names a server off the usual port.
    let name = address?.port.map { $0 == 22 ? host : "[\(host)]:\($0)" } ?? host
    let accept = "azlin autopilot accept-host-key '\(SafeText.line(status.machine.qualifiedName))'"
    switch failure {
    case .hostKeyChanged:
      return "ask who runs it whether the offered key is its own; if so: \(accept) (by hand: ssh-keygen -R '\(name)')"
    case .hostKeyUnknown:
      return "\(accept), or log in once by hand (ssh \(host))"
    case .authenticationRefused:
      return "log in by hand (ssh \(host)); name the right user and key in the inventory (user, identity), or "
        + "add your key to the machine's authorized_keys"
    default: return nil
    }
  }
}
