"""The served simulator as Microsoft's SDK sees it: clients, and the director's own calls."""

import json
import os
import ssl
import unittest
import urllib.request

from azure.identity import ManagedIdentityCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient

ARM = os.environ["AZLIN_ARM_ENDPOINT"]
CERTIFICATE = os.environ["AZLIN_CA_FILE"]
SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
SCOPES = ["https://management.azure.com/.default"]


def director(order, body=None):
    """Speaks to the simulator past the API that it plays."""
    context = ssl.create_default_context(cafile=CERTIFICATE)
    request = urllib.request.Request(
        f"{ARM}/azlin/simulator/{order}", data=None if body is None else json.dumps(body).encode()
    )
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return json.load(answer)


class SimulatedAzure(unittest.TestCase):
    """A case with a client for each provider; every case has its own VMs."""

    @classmethod
    def setUpClass(cls):
        cls.credential = ManagedIdentityCredential()
        shared = dict(base_url=ARM, credential_scopes=SCOPES, connection_verify=CERTIFICATE)
        cls.compute = ComputeManagementClient(cls.credential, SUBSCRIPTION, **shared)
        cls.network = NetworkManagementClient(cls.credential, SUBSCRIPTION, **shared)
        cls.monitor = MonitorManagementClient(cls.credential, SUBSCRIPTION, **shared)
        cls.graph = ResourceGraphClient(cls.credential, **shared)
        cls.fleet = sorted(cls.compute.virtual_machines.list_all(), key=lambda vm: vm.id)

    def vm(self, number):
        """(resource group, name) of one VM of the fleet."""
        return self.place(self.fleet[number])

    @staticmethod
    def place(vm):
        return vm.id.split("/")[4], vm.name

    def power(self, number):
        view = self.compute.virtual_machines.instance_view(*self.vm(number))
        return next(status.code for status in view.statuses if status.code.startswith("PowerState/"))
