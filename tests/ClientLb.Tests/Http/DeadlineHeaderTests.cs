using ClientLb.Calls;
using ClientLb.Http;

namespace ClientLb.Tests.Http;

/// <summary>What servers are told of the time that is left, and where it comes from.</summary>
public sealed class DeadlineHeaderTests
{
    private const string Header = "X-Request-Timeout-Ms";

    [Fact]
    public async Task Call_without_a_deadline_sends_none_and_touches_no_header()
    {
        await using var client = new MarkedRequests();
        using var request = Get();

        await client.SendAsync(request);

        Assert.Equal([null], client.Sent(Header));
    }

    [Theory]
    [InlineData("5000", "5000")]
    [InlineData("60000", "10000")]
    [InlineData("00007", "7")]
    public async Task Callers_own_header_is_sent_at_most_as_the_attempts_limit_and_is_his_again_afterwards(string own, string sent)
    {
        await using var client = new MarkedRequests();
        using var request = Get((Header, own));

        await client.SendAsync(request);

        Assert.Equal([sent], client.Sent(Header));
        Assert.Equal([own], request.Headers.GetValues(Header));
    }

    [Fact]
    public async Task Further_attempts_send_what_is_left_and_take_over_no_old_value()
    {
        await using var client = new MarkedRequests { Failing = 2 };
        using var request = Get((Header, "5000"));

        await client.SendAsync(request);

        Assert.Equal(["5000", "4700", "4400"], client.Sent(Header));
        Assert.Equal(["5000"], request.Headers.GetValues(Header));
    }

    [Fact]
    public async Task Option_of_the_request_is_a_deadline_and_is_told()
    {
        await using var client = new MarkedRequests { Failing = 1 };
        using var request = Get();
        request.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.FromSeconds(3));

        await client.SendAsync(request);

        Assert.Equal(["3000", "2700"], client.Sent(Header));
        Assert.False(request.Headers.Contains(Header));
    }

    [Fact]
    public async Task Deadline_of_the_work_that_the_call_is_a_part_of_is_told()
    {
        await using var client = new MarkedRequests { Failing = 1 };
        using var deadline = CallDeadline.Begin(TimeSpan.FromSeconds(2), client.Time);
        client.Time.Jump(0.5);
        using var request = Get();

        await client.SendAsync(request);

        Assert.Equal(["1500", "1200"], client.Sent(Header));
    }

    [Fact]
    public async Task Of_several_deadlines_the_shortest_counts()
    {
        foreach (var (ambient, option, header) in new[] { (2, 3, 4), (4, 2, 3), (3, 4, 2) })
        {
            await using var client = new MarkedRequests();
            using var deadline = CallDeadline.Begin(TimeSpan.FromSeconds(ambient), client.Time);
            using var request = Get((Header, $"{header}000"));
            request.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.FromSeconds(option));

            await client.SendAsync(request);

            Assert.Equal(["2000"], client.Sent(Header));
        }
    }

    [Fact]
    public async Task Infinite_option_leaves_the_deadline_of_the_work_behind()
    {
        await using var client = new MarkedRequests();
        using var deadline = CallDeadline.Begin(TimeSpan.Zero, client.Time);
        using var request = Get();
        request.Options.Set(LoadBalancingRequestOptions.Deadline, Timeout.InfiniteTimeSpan);

        await client.SendAsync(request);

        Assert.Equal([null], client.Sent(Header));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task Option_without_time_makes_no_attempt(int milliseconds)
    {
        await using var client = new MarkedRequests();
        using var request = Get();
        request.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.FromMilliseconds(milliseconds));

        var error = await Assert.ThrowsAsync<CallFailedException>(() => client.SendAsync(request));

        Assert.Equal(CallFailureReason.DeadlineExceeded, error.Reason);
        Assert.Empty(client.Attempts);
    }

    [Fact]
    public async Task Part_of_a_millisecond_is_told_as_a_whole_one()
    {
        await using var client = new MarkedRequests();
        using var request = Get();
        request.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.FromMicroseconds(1500));

        await client.SendAsync(request);

        Assert.Equal(["2"], client.Sent(Header));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1000000000000")]
    public async Task Header_that_can_not_be_read_is_left_alone(string own)
    {
        await using var client = new MarkedRequests();
        using var request = Get((Header, own));

        await client.SendAsync(request);

        Assert.Equal([own], client.Sent(Header));
    }

    [Fact]
    public async Task Values_that_are_several_are_left_alone_and_are_several_again_afterwards()
    {
        await using var client = new MarkedRequests();
        using var request = Get((Header, "5"), (Header, "7"));
        request.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.FromSeconds(3));

        await client.SendAsync(request);

        Assert.Equal(["3000"], client.Sent(Header));
        Assert.Equal(["5", "7"], request.Headers.GetValues(Header));
    }

    [Fact]
    public async Task Always_tells_the_attempts_limit_where_nobody_has_set_a_deadline()
    {
        await using var client = new MarkedRequests(static o => o.Deadlines.Send = DeadlineSending.Always) { Failing = 1 };
        using var request = Get();

        await client.SendAsync(request);

        Assert.Equal(["10000", "10000"], client.Sent(Header));
        Assert.False(request.Headers.Contains(Header));
    }

    [Fact]
    public async Task Another_header_may_be_named()
    {
        await using var client = new MarkedRequests(static o => o.Deadlines.Header = "X-Left");
        using var request = Get(("X-Left", "5000"), (Header, "3"));

        await client.SendAsync(request);

        Assert.Equal(["5000"], client.Sent("X-Left"));
        Assert.Equal(["3"], client.Sent(Header));
    }

    [Fact]
    public async Task Without_a_header_nothing_is_read_or_sent_and_deadlines_count_all_the_same()
    {
        await using var client = new MarkedRequests(static o => (o.Deadlines.Header, o.Deadlines.Send) = ("", DeadlineSending.Always));
        using var request = Get((Header, "0"));
        await client.SendAsync(request);
        Assert.Equal(["0"], client.Sent(Header));

        using var late = Get();
        late.Options.Set(LoadBalancingRequestOptions.Deadline, TimeSpan.Zero);
        await Assert.ThrowsAsync<CallFailedException>(() => client.SendAsync(late));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_with_a_handler_of_their_own_and_synchronous_calls_send_it_too(bool isAsync)
    {
        await using var client = new MarkedRequests(isRewriting: true);
        using var request = Get((Header, "5000"));

        await client.SendAsync(request, isAsync);

        Assert.Equal(["5000"], client.Sent(Header));
        Assert.Equal(["5000"], request.Headers.GetValues(Header));
    }

    [Theory]
    [InlineData("5S", "5000000u", "4700000u")]
    [InlineData("60S", "60000000u", "59700000u")]
    public async Task Grpc_timeout_is_reduced_by_what_was_spent_and_the_attempts_limit_is_not_added(string own, string first, string second)
    {
        await using var client = new MarkedRequests(static o => o.Deadlines.Send = DeadlineSending.Always) { Failing = 1 };
        using var request = Grpc(("grpc-timeout", own));

        await client.SendAsync(request);

        Assert.Equal([first, second], client.Sent("grpc-timeout"));
        Assert.Equal([null, null], client.Sent(Header));
        Assert.Equal([own], request.Headers.GetValues("grpc-timeout"));
    }

    [Fact]
    public async Task Grpc_call_without_a_deadline_gets_that_of_its_work_or_none()
    {
        await using var client = new MarkedRequests(static o => o.Deadlines.Send = DeadlineSending.Always);
        using var free = Grpc();
        await client.SendAsync(free);
        using var deadline = CallDeadline.Begin(TimeSpan.FromSeconds(20), client.Time);
        using var bound = Grpc();
        await client.SendAsync(bound);
        using var longer = Grpc(("grpc-timeout", "1H"));
        await client.SendAsync(longer);

        Assert.Equal([null, "20000000u", "20000000u"], client.Sent("grpc-timeout"));
        Assert.Equal([null, null, null], client.Sent(Header));
    }

    [Fact]
    public async Task Grpc_timeout_of_a_request_that_is_not_grpc_means_nothing()
    {
        await using var client = new MarkedRequests();
        using var request = Get(("grpc-timeout", "0S"));

        await client.SendAsync(request);

        Assert.Equal(["0S"], client.Sent("grpc-timeout"));
    }

    private static HttpRequestMessage Get(params (string Name, string Value)[] headers) => With(new HttpRequestMessage(HttpMethod.Get, "http://orders/"), headers);

    private static HttpRequestMessage Grpc(params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new("application/grpc");
        return With(new HttpRequestMessage(HttpMethod.Post, "http://orders/package.Service/Method") { Content = content }, headers);
    }

    private static HttpRequestMessage With(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }
}
