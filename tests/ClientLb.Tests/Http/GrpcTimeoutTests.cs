using ClientLb.Http;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Http;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("40m", 400_000)]
    [InlineData("5u", 50)]
    [InlineData("600n", 6)]
    [InlineData("99n", 0)]
    [InlineData("0S", 0)]
    [InlineData("00000001S", 10_000_000)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void Value_is_read(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryRead(text, out var read));
        Assert.Equal(ticks, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("5 S")]
    [InlineData(" 5S")]
    [InlineData("-5S")]
    [InlineData("+5S")]
    [InlineData("1.5S")]
    [InlineData("5SS")]
    [InlineData("123456789S")]
    [InlineData("٣S")]
    public void What_is_none_is_not_read(string text) => Assert.False(GrpcTimeout.TryRead(text, out _));

    [Theory]
    [InlineData(0, "1n")]
    [InlineData(-5, "1n")]
    [InlineData(long.MinValue, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(1_000_001, "100001u")]
    [InlineData(50_000_000, "5000000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(36_000_000_000, "3600000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Value_is_written_in_the_finest_unit_that_has_room(long ticks, string text) => Assert.Equal(text, GrpcTimeout.Format(ticks));

    [Fact]
    public void What_is_written_is_read_as_no_less_and_hardly_more() =>
        Prop.ForAll(
            Gen.Choose(0, 61).SelectMany(static bits => Gen.Choose(1, int.MaxValue).Select(low => Math.Max(1, (1L << bits) + (low % (1L << bits))))).ToArbitrary(),
            static ticks =>
            {
                Assert.True(GrpcTimeout.TryRead(GrpcTimeout.Format(ticks), out var read));
                Assert.InRange(read, Math.Min(ticks, 3_599_999_964_000_000_000), ticks + Math.Max(1, ticks / 100_000));
            }).QuickCheckThrowOnFailure();
}
