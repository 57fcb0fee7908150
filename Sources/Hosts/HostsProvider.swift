import Autopilot
import FleetModel

/// Hosts without Azure: an inventory file, `--hosts`, and the commands they name.
package enum HostsProvider {
  /// Bundles the parts. The probe is given from outside and asks `control.power(of:)` for the power state.
  package static func make(
    inventory: HostsInventory, control: HostsControlPlane, probe: any GuestProbe
  ) -> Provider {
    Provider(kind: .hosts, inventory: inventory, probe: probe, control: control)
  }
}
