import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

/// What an operator reads, sentence by sentence: written down for these answers, most of them recorded.
@Suite("Sentences for errors")
struct ErrorSentenceTests {
  private func error(
    _ method: HTTPRequest.Method, _ target: String, _ status: Int, _ body: String, _ fields: [(String, String)] = []
  ) async throws -> AzureError {
    let bench = ClientBench(HTTPReply(status, body, fields))
    return try await #require(throws: AzureError.self) {
      try await bench.client.call(ARMRequest(method, target, notAfter: bench.clock.now()))
    }
  }

  private func recorded(_ file: String, _ position: Int) async throws -> String {
    let recording = try Recording(URL(filePath: Recording.fixtures).appending(path: file))
    let reading = await RecordedReading(recording.exchanges[position])
    return try #require(reading.values["sentence"])
  }

  @Test("Recorded: a missing role says the action, the scope and what to have assigned")
  func forbidden() async throws {
    #expect(
      try await recorded("errors.json", 11)
        == "this identity may not Microsoft.ClassicStorage/storageAccounts/read on /subscriptions/00000000-0000-0000-0000-"
        + "000000000000/resourcegroups/clitest-iaasvm-rg-donotuse/providers/Microsoft.ClassicStorage/storageAccounts/"
        + "clitestiaasvmsadonotuse. Have a role that allows it assigned there, such as Virtual Machine Contributor; a new "
        + "assignment takes up to 5 minutes to count (HTTP 403 AuthorizationFailed)")
  }

  @Test("Recorded: a machine that is gone")
  func gone() async throws {
    #expect(
      try await recorded("azure-cli__test_vm_simulate_eviction.json", 8)
        == "Azure does not find virtual machine cli_test_vm_simulate_eviction000001/vm-simulate-eviction3: The entity was "
        + "not found in this Azure location. It was deleted, moved or renamed, or the identity may not see it (HTTP 404 "
        + "NotFound)")
  }

  @Test("Recorded: an action that the state does not allow")
  func conflict() async throws {
    #expect(
      try await recorded("azure-cli__test_vm_simulate_eviction.json", 1)
        == "Azure refuses simulateEviction of virtual machine cli_test_vm_simulate_eviction000001/vm-simualte-eviction1 as "
        + "things are now: Operation 'simulateEviction' is allowed only for Spot Virtual Machines. Look at its state, and "
        + "wait for whatever is under way there (HTTP 409 OperationNotAllowed)")
  }

  @Test("Recorded: a 503 without a word to an order")
  func fault() async throws {
    #expect(
      try await recorded("errors.json", 27)
        == "Azure itself failed at deallocate of virtual machine cli_test_generalize_vm000001/vm-generalize. Try again in a "
        + "few minutes; if it lasts, see azure.status.microsoft (HTTP 503)")
  }

  @Test("Recorded: a quota in the clothes of a 401 is not taken for a bad token")
  func quota() async throws {
    let sentence = try await recorded("errors.json", 5)
    #expect(
      sentence.hasPrefix("Azure refuses the change of serverfarms clitest.rg000001/plan000003 as not authorised: "))
    #expect(sentence.contains("additional 3 VMs AZ quota"))
  }

  @Test("Recorded: pages of HTML give their title, and no markup")
  func html() async throws {
    #expect(
      try await recorded("errors.json", 8)
        == "Azure did not accept the token for the list of linktargets: 401 - Unauthorized: Access is denied due to invalid "
        + "credentials. Sign in again (az login), and check that the credential is of the right tenant and that this "
        + "machine's clock is right (HTTP 401)")
    #expect(
      try await recorded("errors.json", 46)
        == "Azure asks to slow down (consoleservices default): 429 Too Many Requests. Try again after 2023-11-14T22:13:21Z "
        + "(HTTP 429)")
  }

  @Test("Recorded: the code that says more is found inside, and both are named")
  func inner() async throws {
    let sentence = try await recorded("errors.json", 28)
    #expect(sentence.contains("Cannot proceed with operation because resource"))
    #expect(sentence.contains("(HTTP 429 RetryableError/ReferencedResourceNotProvisioned, request "))
  }

  @Test("A deployment's error inside of its message's text is found")
  func nested() async throws {
    let inside = #"{\"error\":{\"code\":\"QuotaExceeded\",\"message\":\"Family cores quota is used up.\"}}"#
    let body =
      #"{"error":{"code":"DeploymentFailed","message":"At least one failed.","details":[{"code":"Conflict","message":""#
      + inside + #""}]}}"#
    let error = try await error(.put, vmID("a"), 409, body)
    #expect(error.code == "QuotaExceeded")
    #expect(error.message == "Family cores quota is used up.")
    #expect(error.sentence.hasSuffix("(HTTP 409 DeploymentFailed/QuotaExceeded)"))
  }

  @Test(
    "Odd bodies give what they can, and never an empty sentence",
    arguments: [
      ("", "", ""), ("null", "", ""), ("[]", "", ""), ("{}", "", ""), ("\"gone\"", "", "gone"), ("plain", "", "plain"),
      ("[{\"code\":\"A\",\"message\":\"m\"}]", "A", "m"), ("{\"error\":\"invalid_grant\"}", "invalid_grant", ""),
      ("{\"error\":\"x\",\"error_description\":\"said\"}", "", "said"),
      ("{\"Error\":{\"Code\":\"B\",\"Message\":\"n\"}}", "B", "n"),
      ("{\"odata.error\":{\"code\":\"C\",\"message\":{\"lang\":\"en\",\"value\":\"v\"}}}", "C", "v"),
      ("{\"errors\":[{\"code\":\"D\",\"message\":\"o\"}]}", "D", "o"), ("{\"message\":\"only\"}", "", "only"),
      ("{\"error\":{\"code\":\"BadRequest\",\"innererror\":{\"code\":\"E\",\"message\":\"p\"}}}", "E", "p"),
      ("<?xml version=\"1.0\"?><Error><Code>F</Code><Message>q</Message></Error>", "F", "q"),
      ("{\"error\":{", "", "{\"error\":{"),
    ])
  func odd(_ body: String, _ code: String, _ message: String) async throws {
    let error = try await error(.get, vmID("a"), 400, body)
    #expect(error.code == code)
    #expect(error.message == message)
    #expect(error.sentence.contains("virtual machine RG-Web/a"))
    #expect(error.sentence.contains("HTTP 400"))
  }

  @Test("A hostile message cannot move the cursor, break the line, leak a link's signature or fill the screen")
  func hostile() async throws {
    let text =
      "a\\u001b[2J\\nb \\u202e https://h/c?sv=1&sig=azlinplanted%2B&se=2 Authorization: Bearer abc.def "
      + String(repeating: "x", count: 5000)
    let error = try await error(.get, vmID("a"), 400, "{\"error\":{\"code\":\"X\",\"message\":\"\(text)\"}}")
    #expect(
      error.message.hasPrefix("a^[[2J b <U+202E> https://h/c?sv=1&sig=(hidden)&se=2 Authorization: Bearer (hidden)"))
    #expect(!error.sentence.contains("azlinplanted"))
    #expect(!error.sentence.contains("abc.def"))
    #expect(error.sentence.count < 900)
    let deep = String(repeating: "{\"error\":", count: 200) + "1" + String(repeating: "}", count: 200)
    #expect(try await self.error(.get, vmID("a"), 400, deep).code.isEmpty)
  }

  @Test("The request id stands in the sentence, for a support case")
  func requestID() async throws {
    let error = try await error(
      .get, "/subscriptions/s", 404, "{\"error\":{\"code\":\"SubscriptionNotFound\",\"message\":\"none.\"}}",
      [("x-ms-request-id", "r-7")])
    #expect(error.requestID == "r-7")
    #expect(
      error.sentence
        == "Azure does not find subscription s: none. Check the subscription's id, and that the identity is of "
        + "its tenant (HTTP 404 SubscriptionNotFound, request r-7)")
  }

  @Test(
    "What a request is about is named as an operator knows it",
    arguments: [
      (HTTPRequest.Method.get, "/subscriptions", "the list of subscriptions"),
      (.get, "/subscriptions/s/providers/Microsoft.Compute/virtualMachines", "the list of virtual machines"),
      (
        .get, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines",
        "the list of virtual machines of group g"
      ),
      (.post, vmID("a") + "/powerOff", "powerOff of virtual machine RG-Web/a"),
      (.put, vmID("a") + "/extensions/x", "the change of extension x of virtual machine RG-Web/a"),
      (.delete, vmID("a") + "/runCommands/c", "the deletion of run command c of virtual machine RG-Web/a"),
      (.get, vmID("a") + "/extensions", "the extensions of virtual machine RG-Web/a"),
      (.get, vmID("a") + "/providers/Microsoft.Insights/metrics", "the metrics of virtual machine RG-Web/a"),
      (
        .get, vmID("a") + "/providers/Microsoft.ResourceHealth/availabilityStatuses/current",
        "the health of virtual machine RG-Web/a"
      ),
      (
        .get, vmID("a") + "/providers/Microsoft.Authorization/permissions",
        "the permissions of virtual machine RG-Web/a"
      ),
      (.get, "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values", "the Activity Log"),
      (.post, "/providers/Microsoft.ResourceGraph/resources", "the Resource Graph query"),
      (
        .post,
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/p/virtualMachines/3/restart",
        "restart of virtual machine 3 of scale set g/p"
      ),
      (.get, "/subscriptions/s/providers/Microsoft.Compute/locations/l/operations/1", "an operation"),
    ])
  func subjects(_ method: HTTPRequest.Method, _ path: String, _ words: String) {
    #expect(ARMRoute(method, path).words(method) == words)
  }
}
