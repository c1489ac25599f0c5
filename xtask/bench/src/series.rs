//! One figure from several rounds.

/// What the rounds gave for one figure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

// === impl Series ===

impl Series {
    /// Adds the figure of a round.
    pub(crate) fn add(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Returns the smallest and the largest figure, if there are several.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        let smallest = self.0.iter().copied().reduce(f64::min)?;
        let largest = self.0.iter().copied().reduce(f64::max)?;
        (self.0.len() > 1).then_some((smallest, largest))
    }

    /// Returns the figure in the middle, or the mean of the two there, and zero
    /// for an empty series.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.as_slice() {
            [] => 0.0,
            all => f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2]),
        }
    }

    /// Divides round by round.
    pub(crate) fn ratio_to(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(figure, by)| figure / by).collect())
    }

    /// Subtracts round by round.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        Self(pairs.map(|(figure, less)| figure - less).collect())
    }
}

impl From<&Series> for Series {
    fn from(series: &Series) -> Self {
        series.clone()
    }
}

impl From<f64> for Series {
    fn from(figure: f64) -> Self {
        Self(vec![figure])
    }
}
