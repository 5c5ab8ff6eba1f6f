"""Being moved: see gmmlib.show.marks."""

from gmmlib.show.marks import ellipse_axes, mixed_colours  # noqa: F401


def place_ellipse(ellipse, mean, covariance, deviations):
    """Draw an `Ellipse` of Matplotlib's at |y| = `deviations` of a Gaussian in 2-D."""
    width, height, angle = ellipse_axes(covariance)
    ellipse.set(center=mean, width=deviations * width, height=deviations * height)
    ellipse.set_angle(angle)
