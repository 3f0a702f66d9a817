using ClientLb.Http.Grpc;

namespace ClientLb.Tests.Http.Grpc;

public class GrpcMethodsTests
{
    [Theory]
    [InlineData("/shop.Orders/Get", "/shop.Orders/Get", true)]
    [InlineData("/shop.Orders/Get", "/shop.Orders/GetAll", false)]
    [InlineData("/shop.Orders/Get*", "/shop.Orders/GetAll", true)]
    [InlineData("/shop.Orders/*", "/shop.Orders/Put", true)]
    [InlineData("/shop.Orders/*", "/shop.OrdersAdmin/Put", false)]
    [InlineData("*", "/a/b", true)]
    public void Pattern_says_which_methods_are_idempotent(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new GrpcMethods([pattern]).Of(new Uri("http://orders" + path)).IsIdempotent);

    [Theory]
    [InlineData("/shop.Orders/Get", true)]
    [InlineData("/shop.Orders/", false)]
    [InlineData("shop.Orders/Get", false)]
    [InlineData("/Get", false)]
    [InlineData("/shop.*/Get", false)]
    [InlineData("", false)]
    public void Form_of_a_pattern_is_checked(string pattern, bool expected) => Assert.Equal(expected, GrpcMethods.IsPattern(pattern));

    [Fact]
    public void Method_is_the_same_object_for_equal_paths_and_knows_what_it_learned()
    {
        var methods = new GrpcMethods([]);
        var uri = new Uri("http://orders/shop.Orders/Get");
        var method = methods.Of(uri);
        Assert.Same(method, methods.Of(uri));
        Assert.Same(method, methods.Of(uri));
        Assert.Same(method, methods.Of(new Uri("http://orders/shop.Orders/Get")));

        Assert.False(method.IsUnary);
        Teach(method);
        Assert.True(method.IsUnary);
        method.Learn(3);
        Teach(method);
        Assert.False(method.IsUnary);
    }

    [Fact]
    public void Method_is_unary_only_after_several_calls_and_a_good_end_without_a_message_makes_it_a_stream()
    {
        var method = new GrpcMethod("/shop.Orders/Get", false);
        for (var i = 1; i < GrpcMethod.Believed; i++)
        {
            method.Learn(1);
            Assert.False(method.IsUnary);
        }

        method.Learn(1);
        Assert.True(method.IsUnary);
        method.Learn(0);
        Teach(method);
        Assert.False(method.IsUnary);
    }

    [Fact]
    public void Method_that_was_doubted_has_to_show_again_that_it_is_unary_and_a_stream_stays_one()
    {
        var method = new GrpcMethod("/shop.Orders/Get", false);
        Teach(method);
        method.Doubt();
        Assert.False(method.IsUnary);
        Teach(method);
        Assert.True(method.IsUnary);

        method.Learn(2);
        method.Doubt();
        Teach(method);
        Assert.False(method.IsUnary);
    }

    [Fact]
    public void Method_whose_calls_are_cut_and_nobody_answers_is_doubted_and_one_that_is_answered_is_not()
    {
        var method = new GrpcMethod("/shop.Orders/Get", false);
        Teach(method);
        for (var i = 0; i < 10; i++)
        {
            method.NoteCut(wasSilent: false, 40 * i * TimeSpan.TicksPerSecond);
            method.NoteCut(wasSilent: false, ((40 * i) + 10) * TimeSpan.TicksPerSecond);
            method.Learn(1);
        }

        Assert.True(method.IsUnary && method.SpeaksWithHeaders);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(method.IsUnary);
            method.NoteCut(wasSilent: false, (1000 + (10 * i)) * TimeSpan.TicksPerSecond);
        }

        Assert.False(method.IsUnary);
    }

    [Fact]
    public void Calls_that_are_cut_in_one_moment_as_at_a_server_that_freezes_count_as_one()
    {
        var method = new GrpcMethod("/shop.Orders/Get", false);
        Teach(method);
        for (var i = 0; i < 100; i++)
        {
            method.NoteCut(wasSilent: false, (10 * TimeSpan.TicksPerSecond) + (i * TimeSpan.TicksPerMillisecond));
        }

        Assert.True(method.IsUnary);
    }

    [Fact]
    public void Paths_without_end_are_not_remembered_without_end()
    {
        var methods = new GrpcMethods([]);
        for (var i = 0; i < 1500; i++)
        {
            Teach(methods.Of(new Uri($"http://orders/shop.Orders/Get{i}")));
        }

        Assert.True(methods.Of(new Uri("http://orders/shop.Orders/Get1")).IsUnary);
        Assert.False(methods.Of(new Uri("http://orders/shop.Orders/Get1400")).IsUnary);
    }

    private static void Teach(GrpcMethod method)
    {
        for (var i = 0; i < GrpcMethod.Believed; i++)
        {
            method.Learn(1);
        }
    }
}
