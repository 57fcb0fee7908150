"""What acts: power, scripts, cards, refusals, and the SDK's own retries."""

import time

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ServiceRequestError, ServiceResponseError
from azure.mgmt.compute.models import RunCommandInput, VirtualMachineRunCommand, VirtualMachineRunCommandScriptSource

from simulated_azure import SimulatedAzure, director


class Power(SimulatedAzure):
    def test_every_action_runs_to_its_end(self):
        vms = self.compute.virtual_machines
        begun = [
            vms.begin_restart(*self.vm(10)),
            vms.begin_power_off(*self.vm(11), skip_shutdown=True),
            vms.begin_deallocate(*self.vm(12)),
            vms.begin_redeploy(*self.vm(13)),
            vms.begin_reapply(*self.vm(14)),
        ]
        for operation in begun:
            operation.result(30)
            self.assertEqual(operation.status(), "Succeeded")
        expected = ["running", "stopped", "deallocated", "running", "running"]
        self.assertEqual([self.power(10 + n) for n in range(5)], ["PowerState/" + word for word in expected])
        again = [vms.begin_start(*self.vm(11)), vms.begin_start(*self.vm(12))]
        for operation in again:
            operation.result(30)
        self.assertEqual([self.power(11), self.power(12)], ["PowerState/running"] * 2)

    def test_a_vm_that_is_off_cannot_be_restarted(self):
        self.compute.virtual_machines.begin_deallocate(*self.vm(15)).result(30)
        with self.assertRaises(ResourceExistsError) as caught:  # the SDK's name for 409
            self.compute.virtual_machines.begin_restart(*self.vm(15))
        self.assertEqual(caught.exception.error.code, "OperationNotAllowed")

    def test_one_operation_at_a_time(self):
        first = self.compute.virtual_machines.begin_redeploy(*self.vm(16))
        with self.assertRaises(ResourceExistsError) as caught:
            self.compute.virtual_machines.begin_restart(*self.vm(16))
        self.assertEqual(caught.exception.error.code, "Conflict")
        first.result(30)
        self.compute.virtual_machines.begin_restart(*self.vm(16)).result(30)

    def test_an_operation_that_fails(self):
        group, name = self.vm(17)
        director("inject", {"vm": name, "fault": "operation-fails"})
        try:
            with self.assertRaises(HttpResponseError) as caught:
                self.compute.virtual_machines.begin_restart(group, name).result(30)
            self.assertIn("InternalExecutionError", str(caught.exception))
        finally:
            director("heal", {"vm": name})

    def test_503_in_the_middle_of_polling(self):
        group, name = self.vm(18)
        director("inject", {"vm": name, "fault": "poll-unavailable"})
        try:
            operation = self.compute.virtual_machines.begin_restart(group, name)
            operation.result(30)
            self.assertEqual(operation.status(), "Succeeded")
        finally:
            director("heal", {"vm": name})

    def test_eviction_is_for_spot_vms(self):
        spot = next(vm for vm in self.fleet if vm.priority == "Spot")
        self.compute.virtual_machines.simulate_eviction(*self.place(spot))
        regular = next(vm for vm in self.fleet if vm.priority != "Spot")
        with self.assertRaises(ResourceExistsError):
            self.compute.virtual_machines.simulate_eviction(*self.place(regular))


class Scripts(SimulatedAzure):
    def test_run_command(self):
        script = RunCommandInput(command_id="RunShellScript", script=["echo hello", "nonsense"])
        result = self.compute.virtual_machines.begin_run_command(*self.vm(20), script).result(30)
        message = result.value[0].message
        self.assertEqual(result.value[0].code, "ProvisioningState/succeeded")
        self.assertIn("[stdout]\nhello\n", message)
        self.assertIn("nonsense: not found", message)

    def test_run_command_as_a_resource(self):
        group, name = self.vm(21)
        commands = self.compute.virtual_machine_run_commands
        script = VirtualMachineRunCommandScriptSource(script="echo out; nonsense")
        body = VirtualMachineRunCommand(location=self.fleet[21].location, source=script)
        made = commands.begin_create_or_update(group, name, "judge", body).result(30)
        self.assertEqual(made.provisioning_state, "Succeeded")
        view = commands.get_by_virtual_machine(group, name, "judge", expand="instanceView").instance_view
        self.assertEqual((view.execution_state, view.exit_code, view.output), ("Failed", 127, "out\n"))
        self.assertEqual([command.name for command in commands.list_by_virtual_machine(group, name)], ["judge"])
        commands.begin_delete(group, name, "judge").result(30)
        self.assertEqual(list(commands.list_by_virtual_machine(group, name)), [])

    def test_vm_access_and_the_console(self):
        group, name = self.vm(22)
        body = {
            "location": self.fleet[22].location,
            "properties": {
                "publisher": "Microsoft.OSTCExtensions",
                "type": "VMAccessForLinux",
                "typeHandlerVersion": "1.5",
                "protectedSettings": {"reset_ssh": True},
            },
        }
        extensions = self.compute.virtual_machine_extensions
        made = extensions.begin_create_or_update(group, name, "VMAccessForLinux", body).result(30)
        self.assertEqual(made.provisioning_state, "Succeeded")
        self.assertIsNone(made.protected_settings)
        links = self.compute.virtual_machines.retrieve_boot_diagnostics_data(group, name)
        self.assertIn(name, links.serial_console_log_blob_uri)


class Cards(SimulatedAzure):
    def test_another_address_and_back(self):
        group, name = self.vm(30)
        cards = self.network.network_interfaces
        card = cards.get(group, name + "-nic")
        old = card.ip_configurations[0].private_ip_address
        free = self.network.virtual_networks.check_ip_address_availability(group, "vnet", ip_address=old)
        self.assertFalse(free.available)
        mac, etag = card.mac_address, card.etag
        card.ip_configurations[0].private_ip_allocation_method = "Static"
        card.ip_configurations[0].private_ip_address = free.available_ip_addresses[0]
        changed = cards.begin_create_or_update(group, name + "-nic", card).result(30)
        self.assertEqual(changed.provisioning_state, "Succeeded")
        self.assertEqual(changed.ip_configurations[0].private_ip_address, free.available_ip_addresses[0])
        self.assertNotEqual((changed.mac_address, changed.etag), (mac, etag))
        with self.assertRaises(HttpResponseError) as caught:
            cards.begin_create_or_update(group, name + "-nic", card, headers={"If-Match": etag})
        self.assertEqual((caught.exception.status_code, caught.exception.error.code), (412, "PreconditionFailed"))
        changed.ip_configurations[0].private_ip_address = old
        cards.begin_create_or_update(group, name + "-nic", changed).result(30)

    def test_a_result_by_location_alone(self):
        group, name = self.vm(31)
        routes = self.network.network_interfaces.begin_get_effective_route_table(group, name + "-nic").result(30)
        self.assertIn("Internet", [route.next_hop_type for route in routes.value])


class BadDays(SimulatedAzure):
    def test_the_sdk_waits_out_429(self):
        before = director("counters")["throttled"]
        director("inject", {"vm": "--all", "fault": "arm-throttled", "for": 1.5})
        start = time.monotonic()
        self.compute.virtual_machines.get(*self.vm(40))
        self.assertGreater(time.monotonic() - start, 1)
        self.assertGreater(director("counters")["throttled"], before)

    def test_a_vm_asked_too_often(self):
        codes = []
        for _ in range(40):
            try:
                self.compute.virtual_machines.get(*self.vm(41), retry_total=0)
            except HttpResponseError as error:
                codes.append((error.status_code, error.error.details[0].code, error.response.headers["Retry-After"]))
                break
        self.assertEqual([code[:2] for code in codes], [(429, "TooManyRequests")])
        self.assertGreater(int(codes[0][2]), 0)

    def test_nobody_answers(self):
        director("inject", {"vm": "--all", "fault": "arm-down", "for": 60})
        try:
            with self.assertRaises((ServiceRequestError, ServiceResponseError)):
                self.compute.virtual_machines.get(*self.vm(42), retry_total=0)
        finally:
            director("heal", {"vm": "--all"})
        self.compute.virtual_machines.get(*self.vm(42))

    def test_expired_tokens(self):
        director("inject", {"vm": "--all", "fault": "tokens-expired", "for": 1})
        with self.assertRaises(HttpResponseError) as caught:
            self.compute.virtual_machines.get(*self.vm(43), retry_total=0)
        self.assertEqual(caught.exception.error.code, "ExpiredAuthenticationToken")
        director("heal", {"vm": "--all"})

    def test_who_stopped_it(self):
        group, name = self.vm(44)
        director("inject", {"vm": name, "fault": "stopped-by-user"})
        self.assertEqual(self.power(44), "PowerState/stopped")
        text = f"eventTimestamp ge '{time.strftime('%Y-%m-%d')}T00:00:00Z' and resourceUri eq '{self.fleet[44].id}'"
        deadline = time.monotonic() + 20
        events = []
        while not events and time.monotonic() < deadline:
            events = list(self.monitor.activity_logs.list(filter=text))
            time.sleep(0.3)
        self.assertEqual(events[0].operation_name.value, "Microsoft.Compute/virtualMachines/powerOff/action")
        self.assertTrue(events[0].caller.endswith("@contoso.example"))
