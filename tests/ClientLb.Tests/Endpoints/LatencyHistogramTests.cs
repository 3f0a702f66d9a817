using ClientLb.Endpoints;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Endpoints;

public sealed class LatencyHistogramTests
{
    private const long Smallest = 64;
    private const long Largest = 1L << 30;

    private readonly LatencyHistogram _histogram = new();

    [Fact]
    public void Histogram_without_samples_has_no_percentile()
    {
        Assert.Equal(0, _histogram.Count);
        Assert.Equal(0, _histogram.Percentile(0.99));
    }

    [Fact]
    public void Percentile_of_one_sample_is_at_most_a_quarter_above_it()
    {
        var samples = Gen.Choose((int)Smallest, (int)Largest - 1).ToArbitrary();
        Prop.ForAll(samples, sample =>
        {
            var histogram = new LatencyHistogram();
            histogram.Add(sample);
            var percentile = histogram.Percentile(0.5);
            return percentile > sample && percentile <= sample * 1.25;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Theory]
    [InlineData(0.5, 5_000_000)]
    [InlineData(0.9, 9_000_000)]
    [InlineData(0.99, 9_900_000)]
    [InlineData(1.0, 10_000_000)]
    public void Percentile_of_many_samples_is_at_most_a_quarter_above_the_true_one(double fraction, long truth)
    {
        for (var i = 1; i <= 1000; i++)
        {
            _histogram.Add(i * 10_000L);
        }

        Assert.InRange(_histogram.Percentile(fraction), truth, truth * 5 / 4);
    }

    [Fact]
    public void Outlier_shows_at_its_percentile_only()
    {
        for (var i = 0; i < 99; i++)
        {
            _histogram.Add(10_000);
        }

        _histogram.Add(10_000_000);

        Assert.InRange(_histogram.Percentile(0.99), 10_000, 12_500);
        Assert.InRange(_histogram.Percentile(0.995), 10_000_000, 12_500_000);
    }

    [Theory]
    [InlineData(long.MinValue, 80)]
    [InlineData(0, 80)]
    [InlineData(long.MaxValue, Largest)]
    public void Sample_beyond_the_range_falls_into_the_last_bucket_of_its_side(long sample, long expected)
    {
        _histogram.Add(sample);

        Assert.Equal(expected, _histogram.Percentile(1));
    }

    [Fact]
    public void Fade_halves_the_past()
    {
        for (var i = 0; i < 100; i++)
        {
            _histogram.Add(10_000);
        }

        _histogram.Fade();
        Assert.Equal(50, _histogram.Count);

        for (var i = 0; i < 7; i++)
        {
            _histogram.Fade();
        }

        Assert.Equal(0, _histogram.Count);
    }

    [Fact]
    public void Samples_count_what_was_really_measured_and_fade_like_the_rest()
    {
        for (var i = 0; i < 40; i++)
        {
            _histogram.Add(10_000, 8);
        }

        Assert.Equal((320, 40), (_histogram.Count, _histogram.Samples));
        _histogram.Fade();
        Assert.Equal((160, 20), (_histogram.Count, _histogram.Samples));
    }

    [Fact]
    public void FadeOut_leaves_a_trace_that_the_first_new_samples_outvote()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _histogram.Add(10_000_000, 8);
        }

        _histogram.FadeOut();

        Assert.InRange(_histogram.Count, 1, 8);
        Assert.Equal(0, _histogram.Samples);
        Assert.InRange(_histogram.Percentile(0.99), 10_000_000, 12_500_000);
        for (var i = 0; i < 20; i++)
        {
            _histogram.Add(10_000);
        }

        Assert.InRange(_histogram.Percentile(0.5), 10_000, 12_500);
    }
}
