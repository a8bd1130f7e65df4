"""The JSON Schema of a unit's file: current, and of one mind with the reader."""

from __future__ import annotations

from budgetgen.model import Accounts
from budgetgen.model.declarations import known_keys
from budgetgen.model.schema import json_schema


def test_every_key_is_described_and_no_other_allowed() -> None:
    schema = json_schema()
    objects = [schema, *(d for d in schema["$defs"].values() if "properties" in d)]
    assert {key for o in objects for key in o["properties"]} == known_keys(Accounts)
    assert all(o["additionalProperties"] is False for o in objects)


def test_what_it_says_of_a_field() -> None:
    schema = json_schema()
    assert schema["required"] == ["年度", "金额单位", "单位"]
    of_units = {"properties": {"单位": {"required": ["本级数据"]}}}
    assert schema["allOf"] == [{"anyOf": [{"required": ["收支明细"]}, {"required": ["绩效自评"]}, of_units]}]
    assert schema["$defs"]["Unit"]["properties"]["类型"] == {
        "title": "类型",
        "description": "部门决算填“部门”，单位决算填“单位”",
        "enum": ["部门", "单位"],
    }
    assert schema["$defs"]["ThreePublic"]["properties"]["因公出国费"] == {
        "title": "因公出国（境）费",
        "anyOf": [{"$ref": "#/$defs/OverseasTravel"}, {"$ref": "#/$defs/Nothing"}],
    }
    assert schema["$defs"]["Line"]["properties"]["年初预算"] == {
        "title": "年初预算",
        "description": "一般公共预算必填，没有填 0。金额，按“金额单位”填",
        "anyOf": [{"$ref": "#/$defs/Amount"}, {"$ref": "#/$defs/Blank"}, {"$ref": "#/$defs/Unfilled"}],
    }
    assert schema["properties"]["单位"] == {"title": "单位", "$ref": "#/$defs/Unit"}
