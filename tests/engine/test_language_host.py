"""Programs on the real engine: what the language host does with them."""

from tests.engine.pulumi_project import PulumiProject


def test_a_preview_names_what_would_be_made_and_warns_of_nothing(pulumi_project: PulumiProject) -> None:
    answer = pulumi_project.write("import pulumi\npulumi.export('greeting', 'hello')\n").preview()
    assert answer.lines() == [
        "Previewing update (test):",
        "+ pulumi:pulumi:Stack: (create)",
        "[urn=urn:pulumi:test::tiny::pulumi:pulumi:Stack::tiny-test]",
        "--outputs:--",
        'greeting: "hello"',
        "Resources:",
        "+ 1 to create",
    ]
