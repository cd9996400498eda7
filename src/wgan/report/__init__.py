"""Pictures and pages."""

from wgan.report.figures import image_grid, sample_figure, save_images, to_picture

__all__ = ["image_grid", "sample_figure", "save_images", "to_picture"]
