"""Key pairs: a public key under a name."""

from __future__ import annotations

from typing import Final

from lab.plugins.aws import canonical, tags
from lab.plugins.aws.operation import Operation, found
from lab.plugins.aws.table import COMPUTED_REPLACE, TAGS, Property, ResourceType
from lab.plugins.servicer import Properties


def _create(operation: Operation, inputs: Properties) -> None:
    answer = operation.ec2.import_key_pair(
        KeyName=inputs["keyName"],
        PublicKeyMaterial=inputs["publicKey"].encode(),
        **tags.specification("key-pair", inputs),
    )
    operation.id = answer["KeyName"]


def _find(operation: Operation, id: str, state: Properties) -> Properties | None:
    answer = found(lambda: operation.ec2.describe_key_pairs(KeyNames=[id], IncludePublicKey=True))
    if not answer or not answer["KeyPairs"]:
        return None
    pair = answer["KeyPairs"][0]
    known = state.get("publicKey") or pair.get("PublicKey", "")
    return {
        "arn": operation.arn(f"key-pair/{id}"),
        "keyName": pair["KeyName"],
        "keyNamePrefix": "",
        "keyPairId": pair.get("KeyPairId", ""),
        "keyType": pair.get("KeyType", ""),
        "fingerprint": pair["KeyFingerprint"],
        # As the real provider: the key is not compared with EC2's, which another key under the name would
        # change.
        "publicKey": canonical.public_key(known),
        **tags.read(pair.get("Tags")),
    }


def _update(operation: Operation, _id: str, old: Properties, new: Properties) -> None:
    tags.update(operation, old["keyPairId"], old, new)


def _delete(operation: Operation, id: str, _state: Properties) -> None:
    operation.ec2.delete_key_pair(KeyName=id)


KEY_PAIR: Final = ResourceType(
    token="aws:ec2/keyPair:KeyPair",
    noun="EC2 Key Pair",
    properties={
        "keyName": COMPUTED_REPLACE,
        "publicKey": Property("replace", required=True, told=False, canonical=canonical.public_key),
        "tags": TAGS,
    },
    create=_create,
    find=_find,
    update=_update,
    delete=_delete,
    name_property="keyName",
    advice={"keyNamePrefix": "leave keyName out: one is made of the resource's name"},
)
