using System.Net;
using ClientLb.Affinity;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Affinity;

public sealed class ClientAddressTests
{
    private static readonly HashKeyOptions s_whole = new();

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData(" 192.0.2.7 ", "192.0.2.7")]
    [InlineData("192.0.2.7:8080", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::1", "2001:0DB8:0:0:0:0:0:1")]
    [InlineData("[2001:db8::1]:443", "2001:db8::1")]
    [InlineData("\"[2001:db8::1]:443\"", "2001:db8::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("fe80::1%eth0", "fe80::1")]
    public void Same_address_has_the_same_key_however_it_is_written(string one, string other)
    {
        Assert.True(ClientAddress.KeyOf(one, s_whole).Exists);
        Assert.Equal(ClientAddress.KeyOf(other, s_whole), ClientAddress.KeyOf(one, s_whole));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.7.1")]
    [InlineData("192.0.2.7:http")]
    [InlineData("192.0.2.-7")]
    [InlineData("[2001:db8::1")]
    [InlineData("[2001:db8::1]x")]
    [InlineData("2001:db8:1")]
    [InlineData("2001:db8::1::2")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData("12345::")]
    [InlineData(":::")]
    public void What_is_no_address_is_no_key(string text) => Assert.False(ClientAddress.KeyOf(text, s_whole).Exists);

    [Theory]
    [InlineData(24, 64, "192.0.2.7", "192.0.2.200", true)]
    [InlineData(24, 64, "192.0.2.7", "192.0.3.7", false)]
    [InlineData(32, 128, "192.0.2.7", "192.0.2.6", false)]
    [InlineData(31, 128, "192.0.2.7", "192.0.2.6", true)]
    [InlineData(24, 64, "2001:db8:1:2::7", "2001:db8:1:2:ffff::8", true)]
    [InlineData(24, 64, "2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    [InlineData(24, 128, "2001:db8:1:2::7", "2001:db8:1:2::8", false)]
    public void Only_the_bits_of_the_prefix_count(int prefix4, int prefix6, string one, string other, bool same)
    {
        var options = new HashKeyOptions { Prefix4 = prefix4, Prefix6 = prefix6 };

        Assert.Equal(same, ClientAddress.KeyOf(one, options) == ClientAddress.KeyOf(other, options));
    }

    [Fact]
    public void Every_address_is_read_as_the_platform_reads_it()
    {
        var bytes = Gen.Elements<byte>(0, 0, 0, 1, 16, 255).ArrayOf(16);
        Prop.ForAll(bytes.ToArbitrary(), Gen.Elements(4, 16).ToArbitrary(), (all, length) =>
        {
            var address = new IPAddress(all.AsSpan(0, length));
            var expected = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            Span<byte> read = stackalloc byte[16];
            var count = ClientAddress.Parse(address.ToString(), read);
            return read[..count].SequenceEqual(expected.GetAddressBytes());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Fact]
    public void Any_text_of_the_letters_of_addresses_is_read_without_a_fault()
    {
        Prop.ForAll(Gen.Elements("0", "1", "ffff", "255", ":", "::", ".", "[", "]", "%", " ", "\"").ListOf().ToArbitrary(), parts =>
        {
            var text = string.Concat(parts);
            var key = ClientAddress.KeyOf(text, s_whole);
            return key.Exists || !IPAddress.TryParse(text, out var address) || !text.Contains(':', StringComparison.Ordinal) || address.ToString() == text == key.Exists;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }
}
