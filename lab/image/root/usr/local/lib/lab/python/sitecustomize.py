"""Tells cloud-init that it runs on EC2: it would read that from DMI, which a container does not have."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false
import contextlib

_EC2 = {
    "system-uuid": "ec2e1916-9099-7caf-fd21-012345abcdef",
    "system-serial-number": "ec2e1916-9099-7caf-fd21-012345abcdef",
    "system-manufacturer": "Amazon EC2",
    "system-product-name": "t3.medium",
    "chassis-asset-tag": "Amazon EC2",
}

with contextlib.suppress(ImportError):
    from cloudinit import dmi

    dmi.read_dmi_data = _EC2.get
