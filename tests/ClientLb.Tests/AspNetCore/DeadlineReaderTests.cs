using System.Globalization;
using ClientLb.AspNetCore;
using ClientLb.AspNetCore.Deadlines;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ClientLb.Tests.AspNetCore;

public sealed class DeadlineReaderTests
{
    private const string Header = "X-Request-Timeout-Ms";

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("250", 250)]
    [InlineData("00250", 250)]
    [InlineData("3600000", 3_600_000)]
    public void Milliseconds_are_read(string text, double expected)
    {
        Assert.True(TryRead(out var left, out _, (Header, text)));
        Assert.Equal(expected, left.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("5s")]
    [InlineData("1000000000000")]
    [InlineData("٣")]
    public void Bad_milliseconds_are_counted_and_taken_for_none(string text)
    {
        Assert.False(TryRead(out _, out var unreadable, (Header, text)));
        Assert.Equal(1, unreadable);
    }

    [Fact]
    public void Two_values_of_one_header_are_bad()
    {
        Assert.False(TryRead(out _, out var unreadable, (Header, "5"), (Header, "7")));
        Assert.Equal(1, unreadable);
    }

    [Theory]
    [InlineData("1H", 3600)]
    [InlineData("2M", 120)]
    [InlineData("3S", 3)]
    [InlineData("40m", 0.04)]
    [InlineData("5u", 0.000005)]
    [InlineData("600n", 0.0000006)]
    [InlineData("99n", 0)]
    [InlineData("0S", 0)]
    [InlineData("86399999m", 86399.999)]
    public void Grpc_timeout_is_read_in_all_its_units(string text, double expected)
    {
        Assert.True(TryReadGrpc(text, out var left, out _));
        Assert.Equal(TimeSpan.FromTicks((long)Math.Round(expected * TimeSpan.TicksPerSecond)), left);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("5h")]
    [InlineData("5 S")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    [InlineData("5SS")]
    public void Bad_grpc_timeout_is_counted_and_taken_for_none(string text)
    {
        Assert.False(TryReadGrpc(text, out _, out var unreadable));
        Assert.Equal(1, unreadable);
    }

    [Fact]
    public void Grpc_timeout_counts_for_grpc_requests_only()
    {
        Assert.False(TryRead(out _, out var unreadable, ("grpc-timeout", "5S")));
        Assert.Equal(0, unreadable);
    }

    [Fact]
    public void Longest_deadline_bounds_what_is_asked_for()
    {
        Assert.True(TryReadGrpc("99999999H", out var left, out _));
        Assert.Equal(TimeSpan.FromHours(24), left);
        Assert.True(TryRead(out left, out _, (Header, "999999999999")));
        Assert.Equal(TimeSpan.FromHours(24), left);
    }

    [Fact]
    public void Shortest_of_several_headers_counts_and_bad_ones_do_not_hide_good_ones()
    {
        Assert.True(TryRead(out var left, out var unreadable, (Header, "500"), ("x-envoy-expected-rq-timeout-ms", "300")));
        Assert.Equal((300, 0), (left.TotalMilliseconds, unreadable));
        Assert.True(TryRead(out left, out unreadable, (Header, "soon"), ("x-envoy-expected-rq-timeout-ms", "300")));
        Assert.Equal((300, 1), (left.TotalMilliseconds, unreadable));
    }

    [Fact]
    public void Any_text_is_read_or_counted_and_never_more()
    {
        var texts = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Where(static text => text is not null),
            Gen.ArrayOf(Gen.Elements("0123456789HMSmun -+.,xé".ToCharArray())).Select(static chars => new string(chars)));
        Prop.ForAll(texts.ToArbitrary(), static text =>
        {
            var isRead = TryRead(out var left, out var unreadable, (Header, text));
            var isGood = text.Length is > 0 and <= 12 && text.All(char.IsAsciiDigit);
            var isGrpcRead = TryReadGrpc(text, out var grpcLeft, out var grpcUnreadable);
            var isGrpcGood = text.Length is > 1 and <= 9 && text[..^1].All(char.IsAsciiDigit) && "HMSmun".Contains(text[^1], StringComparison.Ordinal);
            return isRead == isGood && unreadable == (isGood ? 0 : 1) && (!isRead || Expected(text) == left)
                && isGrpcRead == isGrpcGood && grpcUnreadable == (isGrpcGood ? 0 : 1) && (!isGrpcRead || grpcLeft >= TimeSpan.Zero);
        }).QuickCheckThrowOnFailure();
    }

    private static TimeSpan Expected(string text) =>
        TimeSpan.FromMilliseconds(Math.Min(long.Parse(text, CultureInfo.InvariantCulture), TimeSpan.FromHours(24).TotalMilliseconds));

    private static bool TryReadGrpc(string text, out TimeSpan left, out long unreadable) =>
        TryRead(isGrpc: true, [("grpc-timeout", text)], out left, out unreadable);

    private static bool TryRead(out TimeSpan left, out long unreadable, params (string Name, string Value)[] headers) =>
        TryRead(isGrpc: false, headers, out left, out unreadable);

    private static bool TryRead(bool isGrpc, (string Name, string Value)[] headers, out TimeSpan left, out long unreadable)
    {
        using var rig = new ServerRig();
        var options = new ClientLbServerOptions { MaxDeadline = TimeSpan.FromHours(24) };
        options.DeadlineHeaders.Add("X-Envoy-Expected-Rq-Timeout-Ms");
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = StringValues.Concat(dictionary[name], new StringValues([value]));
        }

        var isRead = new DeadlineReader(options, rig.Metrics).TryRead(dictionary, isGrpc, out left);
        unreadable = rig.Counted("deadlines.unreadable");
        return isRead;
    }
}
