import Glibc
import Testing

@testable import GuestAccess

@Suite("The default gateway")
struct DefaultGatewayTests {
  @Test("is the router of the default route with the smallest metric")
  func v4() throws {
    let text = """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
      eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
      eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
      """
    // The kernel prints the address in the machine's own byte order.
    let isLittle = UInt16(1).littleEndian == 1
    let gateway = try #require(DefaultGateway.v4(text))
    #expect(gateway.interface == "eth0")
    #expect(gateway.address.host == (isLittle ? "192.0.2.1" : "1.2.0.192"))
  }

  @Test(
    "is none where the route has no router, is down, or is not the default one",
    arguments: [
      "tun0 00000000 00000000 0001 0 0 0 00000000 0 0 0", "eth0 00000000 010200C0 0002 0 0 0 00000000 0 0 0",
      "eth0 0000000A 010200C0 0003 0 0 0 000000FF 0 0 0", "eth0 0000000A", "",
    ])
  func absent(line: String) {
    #expect(DefaultGateway.v4("Iface\n" + line + "\n") == nil)
  }

  @Test("of IPv6 is link-local on its own interface")
  func v6() throws {
    let zeros = String(repeating: "0", count: 32)
    let text = """
      fe800000000000000000000000000000 40 \(zeros) 00 \(zeros) 00000100 00000002 00000000 00000001       lo
      \(zeros) 00 \(zeros) 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003       lo
      \(zeros) 00 \(zeros) 00 fd000000000000000000000000000001 00000800 00000002 00000000 00000003     eth9
      \(zeros) 00 \(zeros) 00 \(zeros) ffffffff 00000001 00000000 00200200       lo
      """
    let gateway = try #require(DefaultGateway.v6(text))
    #expect(gateway.address.host == "fe80::1%\(if_nametoindex("lo"))")
    #expect(DefaultGateway.v6(text.replacing("00000400", with: "00000900"))?.address.host == "fd00::1")
  }
}
