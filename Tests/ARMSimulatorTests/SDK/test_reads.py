"""What only reads: lists, views, metrics, the Activity Log, Resource Graph, tokens."""

import datetime
import os
import ssl
import urllib.error
import urllib.request

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from azure.monitor.querymetrics import MetricsClient

from simulated_azure import ARM, CERTIFICATE, SUBSCRIPTION, SimulatedAzure


class Lists(SimulatedAzure):
    def test_all_vms_come_in_pages(self):
        pages = [list(page) for page in self.compute.virtual_machines.list_all().by_page()]
        self.assertEqual([len(page) for page in pages], [200, 200, 50])
        names = {vm.id.lower() for page in pages for vm in page}
        self.assertEqual(len(names), 450)

    def test_the_vms_of_a_group(self):
        group, name = self.vm(0)
        own = list(self.compute.virtual_machines.list(group.upper()))
        self.assertIn(name, [vm.name for vm in own])
        self.assertTrue(all(vm.id.split("/")[4] == group for vm in own))

    def test_a_vm_with_its_model_and_view(self):
        group, name = self.vm(1)
        vm = self.compute.virtual_machines.get(group, name, expand="instanceView")
        self.assertEqual(vm.os_profile.admin_username, "azureuser")
        self.assertEqual(vm.provisioning_state, "Succeeded")
        self.assertEqual(vm.storage_profile.os_disk.os_type, "Linux")
        self.assertTrue(vm.network_profile.network_interfaces[0].primary)
        self.assertEqual(vm.instance_view.statuses[1].code, "PowerState/running")
        self.assertEqual(vm.instance_view.vm_agent.statuses[0].display_status, "Ready")
        self.assertIsInstance(vm.instance_view.vm_agent.statuses[0].time, datetime.datetime)
        self.assertIsInstance(vm.time_created, datetime.datetime)

    def test_status_only(self):
        vms = list(self.compute.virtual_machines.list_all(status_only="true"))
        self.assertEqual(len(vms), 450)
        self.assertTrue(all(vm.instance_view.statuses for vm in vms))

    def test_cards_addresses_networks_and_disks(self):
        cards = list(self.network.network_interfaces.list_all())
        self.assertEqual(len(cards), 450)
        with_address = next(card for card in cards if card.ip_configurations[0].public_ip_address)
        address = with_address.ip_configurations[0].public_ip_address.id.split("/")
        public = self.network.public_ip_addresses.get(address[4], address[8])
        self.assertTrue(public.ip_address.startswith("198.18."))
        group, name = self.vm(2)
        network = self.network.virtual_networks.get(group, "vnet")
        self.assertEqual(network.subnets[0].name, "default")
        disk = self.compute.virtual_machines.get(group, name).storage_profile.os_disk
        self.assertEqual(self.compute.disks.get(group, disk.name).disk_state, "Attached")


class Errors(SimulatedAzure):
    def test_a_vm_that_is_not_there(self):
        group, _ = self.vm(0)
        with self.assertRaises(ResourceNotFoundError) as caught:
            self.compute.virtual_machines.get(group, "vm-nobody")
        self.assertEqual(caught.exception.error.code, "ResourceNotFound")

    def test_a_group_that_is_not_there(self):
        with self.assertRaises(ResourceNotFoundError) as caught:
            list(self.compute.virtual_machines.list("rg-nobody"))
        self.assertEqual(caught.exception.error.code, "ResourceGroupNotFound")

    def test_an_api_version_that_is_none(self):
        with self.assertRaises(HttpResponseError) as caught:
            self.compute.virtual_machines.get(*self.vm(0), api_version="tomorrow")
        self.assertEqual(caught.exception.error.code, "InvalidApiVersionParameter")


class Graph(SimulatedAzure):
    def query(self, text, **options):
        request = QueryRequest(subscriptions=[SUBSCRIPTION], query=text, options=QueryRequestOptions(**options))
        return self.graph.resources(request)

    def test_pages(self):
        text = "Resources | where type =~ 'Microsoft.Compute/virtualMachines' | project id, name | order by id asc"
        seen, token, pages = [], None, 0
        while True:
            page = self.query(text, top=100, skip_token=token)
            self.assertEqual(page.total_records, 450)
            self.assertEqual(page.count, len(page.data))
            seen += [row["id"] for row in page.data]
            pages += 1
            token = page.skip_token
            if not token:
                break
        self.assertEqual(pages, 5)
        self.assertEqual(len(set(seen)), 450)
        self.assertEqual(seen, sorted(seen))

    def test_a_summary(self):
        text = "resources | where type =~ 'microsoft.compute/virtualmachines' | summarize vms=count() by location"
        self.assertEqual(sum(row["vms"] for row in self.query(text).data), 450)

    def test_a_join(self):
        text = """
            resources | where type =~ 'microsoft.compute/virtualmachines'
            | extend nic=tolower(tostring(properties.networkProfile.networkInterfaces[0].id))
            | join kind=leftouter (resources | where type =~ 'microsoft.network/networkinterfaces'
                | project nic=tolower(id), ip=tostring(properties.ipConfigurations[0].properties.privateIPAddress)) on nic
            | project id, ip | limit 5"""
        rows = self.query(text).data
        self.assertEqual(len(rows), 5)
        self.assertTrue(all(row["ip"].startswith("10.") for row in rows))

    def test_a_query_that_cannot_be_read(self):
        with self.assertRaises(HttpResponseError) as caught:
            self.query("resources | where type =")
        codes = [detail.code for detail in caught.exception.model.error.details]
        self.assertEqual(codes, ["InvalidQuery", "ParserFailure"])


class Insights(SimulatedAzure):
    def span(self, minutes):
        now = datetime.datetime.now(datetime.timezone.utc)
        return now - datetime.timedelta(minutes=minutes), now

    def test_metrics_of_a_vm(self):
        start, end = self.span(30)
        answer = self.monitor.metrics.list(
            self.fleet[3].id,
            metricnames="Percentage CPU,Available Memory Bytes",
            timespan=f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            interval="PT1M",
            aggregation="Average",
        )
        self.assertEqual([metric.name.value for metric in answer.value], ["Percentage CPU", "Available Memory Bytes"])
        values = [point.average for point in answer.value[0].timeseries[0].data]
        self.assertGreater(len([value for value in values if value is not None]), 20)

    def test_metrics_in_a_batch(self):
        region = self.fleet[0].location
        ids = [vm.id for vm in self.fleet if vm.location == region][:50]
        client = MetricsClient(ARM, self.credential, connection_verify=CERTIFICATE)
        answers = client.query_resources(
            resource_ids=ids,
            metric_namespace="Microsoft.Compute/virtualMachines",
            metric_names=["Percentage CPU"],
            timespan=datetime.timedelta(minutes=20),
            granularity=datetime.timedelta(minutes=1),
            aggregations=["Average"],
        )
        self.assertEqual(len(answers), len(ids))
        self.assertTrue(any(point.average for point in answers[0].metrics[0].timeseries[0].data))

    def test_the_activity_log_wants_a_filter_of_at_most_90_days(self):
        with self.assertRaises(HttpResponseError):
            list(self.monitor.activity_logs.list(filter="eventTimestamp ge '2018-01-01T00:00:00Z'"))


class Tokens(SimulatedAzure):
    def test_the_identity_header_is_checked(self):
        kept = os.environ["IDENTITY_HEADER"]
        os.environ["IDENTITY_HEADER"] = "wrong"
        try:
            with self.assertRaises(ClientAuthenticationError):
                ManagedIdentityCredential().get_token("https://management.azure.com/.default")
        finally:
            os.environ["IDENTITY_HEADER"] = kept

    def test_a_client_secret_at_the_authority(self):
        credential = ClientSecretCredential(
            os.environ["AZURE_TENANT_ID"],
            "c11e0000-0000-4000-8000-000000000001",
            "a secret of nobody",
            authority=ARM,
            disable_instance_discovery=True,
            connection_verify=CERTIFICATE,
        )
        self.assertTrue(credential.get_token("https://management.azure.com/.default").token)

    def test_without_a_token_nothing_is_told(self):
        context = ssl.create_default_context(cafile=CERTIFICATE)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{ARM}/subscriptions?api-version=2022-12-01", context=context, timeout=10)
        self.assertEqual(caught.exception.code, 401)
        self.assertIn("Bearer", caught.exception.headers["WWW-Authenticate"])
