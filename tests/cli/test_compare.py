"""What is compared is prepared alike on both sides."""

from wgan.comparison.compare import compare, prepared
from wgan.data import DataSettings


def test_data_is_prepared_as_the_run_saw_it():
    like = DataSettings(source="digits", classes=("0",), resolution=(16,), dequantize=1.0, mirror=True)
    source = prepared("digits", like)
    assert source.shape == (1, 16, 16)
    assert len(source) == 178  # the zeros among the digits
    assert source.pixels.dequantize == 0
    assert not source.pixels.mirror


def test_other_data_keeps_its_classes_and_takes_the_resolution():
    source = prepared("digits", DataSettings(source="mnist", classes=("0",), resolution=(4,)))
    assert source.shape == (1, 4, 4)
    assert len(source) == 1797


def test_costly_intervals_are_measured_on_demand_only():
    everything = {row.method: row for row in compare("digits", "digits", n=40, confidence=0.9).rows}
    assert everything["exact"].interval.level == 0.9
    assert everything["sinkhorn"].interval is None
    (asked,) = compare("digits", "digits", "sinkhorn", n=20, confidence=0.9).rows
    assert asked.interval.low < asked.value < asked.interval.high
