"""Checks that the launcher's bill of materials lists exactly the jars of its distribution."""
import json
import pathlib
import sys

top = pathlib.Path(__file__).resolve().parent.parent
shipped = {jar.stem for jar in (top / "par-launcher/target/par/lib").glob("*.jar")} - {"par"}
problems = []
for module in ("par-core", "par-launcher", "par-testkit"):
    bom = json.loads((top / module / "target/bom.json").read_text(encoding="utf-8"))
    own = bom["metadata"]["component"]
    if (bom["bomFormat"], own["name"]) != ("CycloneDX", module):
        problems.append(f"{module} has the bill of materials of {own['name']}")
    for component in bom["components"]:
        if not component.get("hashes"):
            problems.append(f"{module}: {component['name']} has no hash")
    if module == "par-launcher":
        listed = {f"{each['name']}-{each['version']}" for each in bom["components"] + [own]}
        problems += [f"{jar} is shipped and not listed" for jar in sorted(shipped - listed)]
        problems += [f"{jar} is listed and not shipped" for jar in sorted(listed - shipped)]
if problems or not shipped:
    sys.exit("check-sbom: " + ("; ".join(problems) or "the launcher ships no jars"))
print(f"check-sbom: all {len(shipped)} jars of the launcher are listed, with hashes")
