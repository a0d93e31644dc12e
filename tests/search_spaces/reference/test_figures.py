"""The networks made of stages against the published counts.

The widely quoted multiply-adds of networks with batch normalisation count its scale and its shift too, one each for
every number that is normalised. Here only convolutions and linear layers count. Where that makes a difference of more
than half a percent, `NORMALISATION_MATTERS` names the network.
"""

from itertools import pairwise

import pytest

from search_spaces.complexity import Cost, cost, normalisation_multiply_adds
from search_spaces.graph import Graph
from search_spaces.reference.catalogue import find_network

EXACT = {  # parameters, multiply-adds with normalisation
    "resnet18": (11_689_512, 1.82e9),
    "resnet34": (21_797_672, 3.67e9),
    "resnet50": (25_557_032, 4.11e9),
    "resnet101": (44_549_160, 7.83e9),
    "resnet152": (60_192_808, 11.56e9),
    "resnext50_32x4d": (25_028_904, 4.26e9),
    "resnext101_32x8d": (88_791_336, 16.48e9),
    "se_resnet50": (28_088_024, 3.88e9),
    "se_resnext50_32x4d": (27_559_896, 4.26e9),
    "densenet121": (7_978_856, 2.87e9),
    "mobilenet_v1": (4_231_976, 579e6),
    "mobilenet_v2": (3_504_872, 314e6),
    "shufflenet_v2": (2_278_604, 149e6),
    "nasnet_a_large": (88_753_150, 23.9e9),
}
NORMALISATION_MATTERS = {
    "resnet50",
    "resnext50_32x4d",
    "se_resnet50",
    "se_resnext50_32x4d",
    "densenet121",
    "mobilenet_v1",
    "mobilenet_v2",
    "shufflenet_v2",
}

MILLIONS = {  # parameters as printed
    "resnet20_cifar": "0.27",
    "resnet32_cifar": "0.46",
    "resnet44_cifar": "0.66",
    "resnet56_cifar": "0.85",
    "resnet110_cifar": "1.7",
    "preact_resnet110_cifar": "1.7",
    "preact_resnet164_cifar": "1.7",
    "wrn16_8_cifar": "11.0",
    "wrn28_10_cifar": "36.5",
    "densenet_bc100_12_cifar": "0.8",
    "highway19_cifar": "2.3",
    "nasnet_a_cifar": "3.3",
}


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


def price(name: str) -> Cost:
    return cost(published(name))


def multiply_adds_with_normalisation(graph: Graph) -> int:
    return cost(graph).multiply_adds + normalisation_multiply_adds(graph)


@pytest.mark.parametrize(("name", "parameters", "multiply_adds"), [(k, *v) for k, v in EXACT.items()])
def test_counts_are_those_published(name, parameters, multiply_adds):
    graph = published(name)
    assert cost(graph).parameters == parameters
    assert multiply_adds_with_normalisation(graph) == pytest.approx(multiply_adds, rel=0.005)


def test_where_the_count_of_normalisation_matters():
    differ = {
        name
        for name, (_, multiply_adds) in EXACT.items()
        if price(name).multiply_adds != pytest.approx(multiply_adds, rel=0.005)
    }
    assert differ == NORMALISATION_MATTERS


@pytest.mark.parametrize(("name", "printed"), MILLIONS.items())
def test_parameters_round_to_what_is_printed(name, printed):
    decimals = len(printed.partition(".")[2])
    assert f"{price(name).parameters / 1e6:.{decimals}f}" == printed


def test_multiply_adds_of_small_networks_round_to_what_is_printed():
    assert round(price("resnet20_cifar").multiply_adds / 1e6) == 41
    assert round(price("wrn28_10_cifar").multiply_adds / 1e9, 1) == 5.2


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_a_plain_network_costs_what_its_residual_twin_costs(depth):
    """A shortcut padded with zeros has no weights."""
    plain, residual = price(f"plain{depth}_cifar"), price(f"resnet{depth}_cifar")
    assert plain.parameters == residual.parameters
    assert plain.multiply_adds == residual.multiply_adds


def test_fractalnet_has_fewer_parameters_than_the_paper_prints():
    """Larsson et al. 2017, table 1, prints 38.6 M for 20 layers; their widths make 33.7 M, four columns 76.1 M.

    A block of C columns has 2^C - 1 convolutions, C of them on what enters it.
    """
    widths = (3, 64, 128, 256, 512, 512)

    def parameters(columns: int) -> int:
        weights = sum(
            9 * (columns * before + (2**columns - 1 - columns) * after) * after
            for before, after in pairwise(widths)
        )
        normalisation = 2 * (2**columns - 1) * sum(widths[1:])
        return weights + normalisation + (widths[-1] + 1) * 10

    assert price("fractalnet_cifar").parameters == parameters(3) == 33_724_618
    assert price("fractalnet40_cifar").parameters == parameters(4) == 76_106_634


@pytest.mark.parametrize("image", [(1, 32, 32), (4, 48, 33)])
@pytest.mark.parametrize("name", [*EXACT, *MILLIONS, "plain20_cifar", "fractalnet_cifar"])
def test_other_pictures_and_classes_will_do(name, image):
    graph = find_network(name).network(image, 7)
    assert graph.image == image
    assert graph.output == (7, 1, 1)
