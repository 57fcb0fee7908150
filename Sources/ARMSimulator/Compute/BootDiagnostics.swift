import FleetModel
import HTTPTypes

// The console of a machine: links with a signature of their own, and what lies behind them.
extension ARMSimulator {
  func bootDiagnostics(_ call: ARMCall, _ entry: Catalog.Entry) -> ARMAnswer {
    let text = call.path.parameter("sasUriExpirationTimeInMinutes")
    guard let minutes = text.map({ Int($0) }) ?? 120, (1...1440).contains(minutes) else {
      return .error(
        400, "InvalidParameter",
        "The value '\(text ?? "")' of parameter 'sasUriExpirationTimeInMinutes' is not valid. It has to be 1 to 1440.")
    }
    switch admitLowCost(entry, call) {
    case .refused(let answer): return answer
    case .admitted(let headers):
      let expiry = call.at + .minutes(minutes)
      func link(_ kind: String) -> JSON {
        let path = "/bootdiagnostics/\(entry.machine.incarnation)/\(entry.machine.name).\(kind)"
        let time = ARMPath.encoded(TimestampText.rfc3339(expiry))
        return .string(
          "\(call.base)\(path)?sv=2018-03-28&sr=b&sig=\(signature(path, expiry))&se=\(time)&sp=r")
      }
      return ARMAnswer(
        200,
        ["consoleScreenshotBlobUri": link("screenshot.bmp"), "serialConsoleLogBlobUri": link("serialconsole.log")],
        headers: headers)
    }
  }

  private func signature(_ path: String, _ expiry: Instant) -> String {
    Chance.opaque("\(path) \(expiry.milliseconds / 1000) \(settings.identityHeader)", length: 48)
  }

  /// The blob store: it knows no bearer tokens, and answers only a link that it gave and that has not expired.
  func blob(_ call: ARMCall) -> ARMAnswer {
    let path = call.path
    guard call.method == .get, path.segments.count == 3, let end = path.parameter("se").flatMap(AzureTime.parse),
      path.parameter("sig") == signature(path.text, end), call.at < end,
      let entry = catalog.entries.first(where: { $0.machine.incarnation == path.segments[1] })
    else {
      var answer = ARMAnswer(
        text:
          "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code><Message>Server "
          + "failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
          + "including the signature.</Message></Error>", type: "application/xml")
      answer.status = 403
      return answer
    }
    guard path.segments[2].hasSuffix(".serialconsole.log") else {
      var picture = ARMAnswer(empty: 200, headers: [("Content-Type", "image/bmp")])
      picture.body = Self.blackPixel
      return picture
    }
    // The log is about a minute behind.
    let text = fleet.serialLog(of: entry.machine.id, at: call.at, behind: played(60))
    return ARMAnswer(text: text ?? "", type: "text/plain")
  }

  /// A picture of a console that shows nothing: one black pixel, 24 bits, after the two headers of a bitmap.
  private static let blackPixel: [UInt8] =
    [0x42, 0x4D, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0]
    + [UInt8](repeating: 0, count: 28)
}
